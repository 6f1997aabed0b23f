//! Words that are added and taken away one by one.

use leptos::prelude::*;
use leptos::{ev, html};

use super::{Icon, Sign};

/// The words of a text that commas part, each once.
fn words(text: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for word in text
        .split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty())
    {
        if !all.iter().any(|known| known == word) {
            all.push(word.to_owned());
        }
    }
    all
}

/// A field of words. What it sends is one text with commas: without scripts it
/// is a field for that text.
#[component]
pub fn TagInput(
    id: &'static str,
    /// The words with commas between.
    value: RwSignal<String>,
) -> impl IntoView {
    let initial = value.get_untracked();
    let plain = NodeRef::<html::Input>::new();
    let editor = NodeRef::<html::Input>::new();
    let awake = RwSignal::new(false);
    let said = RwSignal::new(String::new());
    Effect::new(move |_| {
        // What was typed before the page awoke.
        if let Some(plain) = plain.get_untracked() {
            value.set(words(&plain.value()).join(", "));
        }
        awake.set(true);
    });
    let all = Memo::new(move |_| value.with(|text| words(text)));
    let set = move |words: Vec<String>| value.set(words.join(", "));
    let add = move |text: &str| {
        let mut now = all.get_untracked();
        let new = words(text);
        let known = new.iter().filter(|word| now.contains(word)).count();
        said.set(match new.as_slice() {
            [] => return,
            [one] if known == 1 => format!("{one} is there already"),
            many => format!("{} added", many.join(", ")),
        });
        now.extend(new);
        set(words(&now.join(",")));
    };
    let remove = move |word: &str| {
        said.set(format!("{word} removed"));
        set(all
            .get_untracked()
            .into_iter()
            .filter(|w| w != word)
            .collect());
        if let Some(editor) = editor.get_untracked() {
            // Fails only where the page is gone.
            let _ = editor.focus();
        }
    };
    let take = move || {
        if let Some(editor) = editor.get_untracked() {
            add(&editor.value());
            editor.set_value("");
        }
    };
    let on_key = move |event: ev::KeyboardEvent| {
        let empty = editor
            .get_untracked()
            .is_none_or(|editor| editor.value().is_empty());
        match event.key().as_str() {
            // With Ctrl it sends the form, as anywhere else.
            "Enter" if event.ctrl_key() || event.meta_key() => take(),
            "Enter" | "," => {
                event.prevent_default();
                take();
            }
            "Backspace" if empty => {
                if let Some(last) = all.get_untracked().last() {
                    event.prevent_default();
                    remove(last);
                }
            }
            _ => {}
        }
    };
    let on_input = move |event: ev::Event| {
        // Pasted, or from a keyboard that tells no keys.
        if event_target_value(&event).contains(',') {
            take();
        }
    };
    view! {
        <input
            class="input"
            type=move || if awake.get() { "hidden" } else { "text" }
            id=move || if awake.get() { format!("{id}-text") } else { id.to_owned() }
            name=id
            value=initial
            prop:value=move || value.get()
            node_ref=plain
            aria-describedby=super::describe(id)
        />
        <div class="tag-input" class:tag-input-asleep=move || !awake.get()>
            <ul class="tag-list">
                <For each=move || all.get() key=|word| word.clone() let:word>
                    <li class="tag-item">
                        <span class="tag-word">{word.clone()}</span>
                        <button
                            type="button"
                            class="tag-remove"
                            aria-label=format!("Remove {word}")
                            on:click=move |_| remove(&word)
                        >
                            <Icon sign=Sign::Cross />
                        </button>
                    </li>
                </For>
            </ul>
            <input
                class="tag-editor"
                id=move || if awake.get() { id.to_owned() } else { format!("{id}-editor") }
                autocomplete="off"
                node_ref=editor
                on:keydown=on_key
                on:input=on_input
                on:blur=move |_| take()
                aria-describedby=super::describe(id)
            />
            <span class="sr-only" role="status">
                {move || said.get()}
            </span>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_part_words() {
        assert_eq!(words(" a, b,,a , c d"), ["a", "b", "c d"]);
        assert!(words(" , ").is_empty());
    }
}
