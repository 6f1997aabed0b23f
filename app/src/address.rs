//! Addresses with what a page is asked for.

use leptos::ev;
use wasm_bindgen::JsCast;

/// A path with the words that are there, in their order.
pub fn address(path: &str, words: &[(&str, &Option<String>)]) -> String {
    let mut address = path.to_owned();
    let mut mark = '?';
    for (name, word) in words {
        if let Some(word) = word {
            address.push(mark);
            address.push_str(name);
            address.push('=');
            address.push_str(word);
            mark = '&';
        }
    }
    address
}

/// A word from the address, if it is one that could stand there.
pub fn word(text: Option<String>) -> Option<String> {
    text.filter(|t| {
        !t.is_empty()
            && t.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    })
}

/// Name and value of the select or field that has changed. Browser only.
pub fn changed(event: &ev::Event) -> Option<(String, Option<String>)> {
    let target = event.target()?;
    if let Some(select) = target.dyn_ref::<web_sys::HtmlSelectElement>() {
        return Some((select.name(), word(Some(select.value()))));
    }
    let input = target.dyn_ref::<web_sys::HtmlInputElement>()?;
    Some((input.name(), word(Some(input.value()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_carries_what_is_asked() {
        let some = |text: &str| Some(text.to_owned());
        let words = [("a", &some("x")), ("b", &None), ("c", &some("y-1"))];
        assert_eq!(address("/p", &words), "/p?a=x&c=y-1");
        assert_eq!(address("/p", &[]), "/p");
    }

    #[test]
    fn strange_words_are_dropped() {
        assert_eq!(word(Some("a&b".to_owned())), None);
        assert_eq!(word(Some(String::new())), None);
        assert_eq!(
            word(Some("2026-01-31".to_owned())).as_deref(),
            Some("2026-01-31")
        );
    }
}
