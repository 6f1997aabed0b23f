use proptest::prelude::*;

use super::*;

fn same(a: &str, b: &str) -> bool {
    matches!(compare(a, b), Sameness::Same(_))
}

fn different(a: &str, b: &str) -> bool {
    matches!(compare(a, b), Sameness::Different(_))
}

#[test]
fn the_same_in_other_words() {
    for (a, b) in [
        ("Ship it now!", "  ship   it, now"),
        ("We should postpone the launch", "Delay the release"),
        (
            "I recommend that we delay the launch.",
            "Postpone the launch",
        ),
        ("Let's put the launch off", "Defer the launch"),
        (
            "Our advice is to remove the banner",
            "Get rid of the banner",
        ),
        ("Don't remove the banner", "Keep the banner"),
        ("I would not recommend hiding prices", "Don't hide prices"),
        ("Stop sending the digest", "No longer send the digest"),
        (
            "Don't stop sending the digest",
            "Continue sending the digest",
        ),
        ("Avoid pie charts", "Do not use pie charts"),
        ("The fees should be lowered", "Lower the fees"),
        ("Drafts should not be deleted", "Keep drafts"),
        ("In Q3, ship the editor", "Ship the editor in Q3"),
        ("The removal of the tour", "Remove the tour"),
        ("Limit the size of uploads", "Limit the upload size"),
        (
            "Make the phone number mandatory",
            "Require the phone number",
        ),
        ("Never ship without a review", "Ship only with a review"),
        (
            "Don't ask before it is needed",
            "Ask only after it is needed",
        ),
        (
            "Sync contacts and calendars",
            "Synchronise calendars and contacts",
        ),
        (
            "Switch from MySQL to PostgreSQL",
            "Replace MySQL with Postgres",
        ),
        ("Prevent guests from posting", "Do not let guests post"),
        ("Perhaps delay the launch", "We could postpone the launch"),
        (
            "Keep the price because customers dislike surprises",
            "Keep the price",
        ),
        (
            "Automatically save drafts in the cloud",
            "Save drafts automatically in the cloud",
        ),
        (
            "Drop the free plan and add a trial",
            "Add a trial and remove the free plan",
        ),
        ("Make sure that backups are encrypted", "Encrypt backups"),
        ("Drop support for Windows 7", "No longer support Windows 7"),
        (
            "Give users the option to export data",
            "Let users export data",
        ),
        ("Migrate to PostgreSQL", "Switch to Postgres"),
        (
            "Add a filter, in my opinion",
            "I'd say that we should add a filter",
        ),
        ("I am against hiding prices", "Do not hide prices"),
        ("Localise the catalogue", "localize the catalog"),
        ("We planned the releases", "we plan the release"),
    ] {
        assert!(same(a, b), "{a} / {b}: {} / {}", fold(a), fold(b));
    }
}

#[test]
fn numerals_and_units() {
    for (a, b) in [
        ("Keep three copies", "Keep 3 copies"),
        ("Add a 3 % fee", "Add a three percent fee"),
        ("Allow 1,000 rows", "Allow 1000 rows"),
        ("Allow 10k rows", "Allow ten thousand rows"),
        ("Wait 30 s", "Wait half a minute"),
        ("Wait 30 seconds", "Wait 30 s"),
        ("Expire after 1.5 h", "Expire after 90 min"),
        ("Expire after an hour and a half", "Expire after 90 minutes"),
        (
            "Expire after one and a half hours",
            "Expire after 90 minutes",
        ),
        ("Offer a 14-day trial", "Offer a two-week trial"),
        ("Keep logs for a year", "Keep logs for 12 months"),
        ("Charge $9.00 a month", "Charge 9 dollars per month"),
        ("Send it at 8 a.m.", "Send it at 08:00"),
        ("Send it at 2pm", "Send it at 14:00"),
        ("Allow at most three tries", "Allow no more than 3 tries"),
        ("Ask twenty-five users", "Ask 25 users"),
        ("Send it every 24 hours", "Send it daily"),
        ("Retry twice", "Retry 2x"),
    ] {
        assert!(same(a, b), "{a} / {b}: {} / {}", fold(a), fold(b));
    }
    for (a, b) in [
        ("Cap it at 10 MB", "Cap it at 100 MB"),
        ("Keep it for 30 days", "Keep it for one month"),
        ("Cut it by 1.5", "Cut it by 15"),
        ("Use version 1.5", "Use version 1 5"),
        ("Change it by -5 %", "Change it by 5 %"),
        ("Ask the first user", "Ask one user"),
        ("Send it at 12 a.m.", "Send it at 12 p.m."),
        ("Wait over 5 users", "Wait under 5 users"),
        ("Take 5 steps per second", "Take 5 second steps"),
    ] {
        assert!(!same(a, b), "{a} / {b}: {}", fold(a));
    }
}

#[test]
fn never_the_same() {
    for (a, b) in [
        ("👍", "👎"),
        ("Use C", "Use C++"),
        ("Use C", "Use C#"),
        ("Timeout < 10 s", "Timeout > 10 s"),
        ("Ship", "Do not ship"),
        ("Show archived items", "Archive shown items"),
        ("Let admins invite users", "Let users invite admins"),
        ("Notify admins about users", "Notify users about admins"),
        ("Publish the notes", "Publish not"),
        ("Fill the form", "File the form"),
        ("Roll the dice", "Role the dice"),
        ("Paste the text", "Past the text"),
        ("Plan the site", "Plane the site"),
        (
            "Delete users and admin rights",
            "Delete admin and user rights",
        ),
        ("Suggest recent searches", "Recent searches"),
        ("Just admins may export", "Admins may export"),
        ("We need not ship", "We should not ship"),
        ("Do not ship because marketing says so", "Do not ship"),
        ("Consider raising prices", "Raise prices"),
        ("Pause the project", "Cancel the project"),
        ("Archive the files", "Delete the files"),
        ("Freeze the code", "Freeze the build"),
        ("Drop the price to 5 EUR", "Remove the price to 5 EUR"),
        (
            "After 2 weeks remind users who signed up",
            "Remind users who signed up after 2 weeks",
        ),
        ("Add automatic backups", "Add backups automatically"),
        (
            "Run the tests and deploy the app",
            "Deploy the app and run the tests",
        ),
        ("Add a step and remove it", "Remove it and add a step"),
        ("Ensure that backups are not encrypted", "Encrypt backups"),
        ("Move the button to the top", "Switch the button to the top"),
        ("", "ship"),
    ] {
        assert!(!same(a, b), "{a} / {b}: {}", fold(a));
    }
}

#[test]
fn surely_different() {
    for (a, b) in [
        ("Ship the redesign", "Do not ship the redesign"),
        ("Raise the price", "Lower the price"),
        ("Raise the price this year", "Lower the price"),
        ("Keep the free plan", "We should drop the free plan"),
        ("Cap it at 10 MB", "Cap it at 100 MB"),
        ("Run it for two weeks", "Run it for two months"),
        ("Use PostgreSQL", "Use MySQL"),
        (
            "Move from a web app to a native app",
            "Move from a native app to a web app",
        ),
        ("Let admins invite members", "Let members invite admins"),
        ("Lock accounts", "Unlock accounts"),
        ("Enable it for everyone", "Enable it for admins only"),
        ("Offer a discount", "Offer a 40 % discount"),
        ("Ship it on Monday", "Ship it on Thursday"),
        ("Deprecate v1", "Deprecate v2"),
        ("Launch in Köln", "Launch in Zürich"),
        ("Use the cache", "Consider using the cache"),
        ("Add an index", "Add an index on the order date"),
    ] {
        assert!(different(a, b), "{a} / {b}: {} / {}", fold(a), fold(b));
    }
}

#[test]
fn what_only_a_judge_can_tell() {
    for (a, b) in [
        (
            "Don't ship until the tests pass",
            "Ship when the tests are green",
        ),
        ("Bundle the add-ons", "Sell the extras together"),
        ("Highlight the words", "Higlight the words"),
        ("Ship it in Munich", "Ship it in München"),
    ] {
        assert_eq!(compare(a, b), Sameness::Unsure, "{a} / {b}");
    }
}

#[test]
fn the_tables_are_read_whole() {
    use super::lexicon::LEXICON;
    for (word, meaning) in [
        ("defer", "postpone"),
        ("db", "database"),
        ("weekly", "weekly"),
    ] {
        assert_eq!(LEXICON.of(word), LEXICON.of(meaning));
    }
    let text = include_str!("lexicon/synonyms.txt");
    let rows = text
        .lines()
        .filter(|l| !l.is_empty() && !l.starts_with('#'));
    let mut heads = std::collections::HashMap::new();
    let mut members = Vec::new();
    for row in rows {
        let (head, others) = row.split_once(':').unwrap_or_else(|| panic!("{row}"));
        assert!(
            heads.insert(words::stem(head), row).is_none(),
            "twice: {row}"
        );
        members.extend(others.split(',').map(|other| (other.trim(), row)));
    }
    let mut seen = std::collections::HashMap::new();
    for (other, row) in members {
        assert!(!other.is_empty(), "{row}");
        // A synonym stands for nothing itself, and for one thing only.
        assert!(!heads.contains_key(&words::stem(other)), "{other} in {row}");
        if let Some(before) = seen.insert(words::stem(other), row) {
            panic!("{other} is in two rows: {before} / {row}");
        }
    }
}

#[test]
fn long_texts_take_bounded_work() {
    let long = "not only if and of 5 ".repeat(50_000);
    assert!(same(&long, &long));
    assert_eq!(compare(&long, "ship"), Sameness::Unsure);
    let words = "of and not before ".repeat(200);
    assert!(same(&words, &words));
}

/// Pieces of which sentences are made that the rules bite on.
fn sentence() -> impl Strategy<Value = String> {
    let pieces = "not|do not|never|stop sending|remove|keep|allow|users|to|from|and|of|the|in Q3|until|before|without|only|5|10 MB|half an hour|an|a|every|day|should|be|lowered|instead of|use|we could|perhaps|because|at least|8|a.m.|second|one|limit|make|mandatory|turn|off|replace|with|C++|-3|,|prices|first|is|don't|k8s|single sign-on";
    let pieces: Vec<&'static str> = pieces.split('|').collect();
    proptest::collection::vec(proptest::sample::select(pieces), 0..12).prop_map(|p| p.join(" "))
}

proptest! {
    #[test]
    fn any_text_is_itself(text in ".*") {
        prop_assert!(same(&text, &text));
        let padded = format!("  {text} ");
        prop_assert_eq!(fold(&padded), fold(&text));
    }

    #[test]
    fn any_sentence_is_itself_in_capitals(text in sentence()) {
        prop_assert!(same(&text, &text.to_uppercase()), "{}", fold(&text));
        let (plain, ended) = (format!("so {text}"), format!("So: {text}!"));
        prop_assert!(same(&plain, &ended), "{}", fold(&ended));
    }

    #[test]
    fn the_order_of_two_texts_does_not_matter(a in sentence(), b in sentence()) {
        prop_assert_eq!(compare(&a, &b), compare(&b, &a));
    }

    #[test]
    fn what_is_the_same_folds_to_the_same(a in sentence(), b in sentence()) {
        prop_assert_eq!(same(&a, &b), fold(&a) == fold(&b));
    }

    #[test]
    fn other_numbers_are_never_the_same(a in 0..5_000_u32, b in 0..5_000_u32, unit in "(MB|days|users|%|)") {
        let (one, other) = (format!("Limit it to {a} {unit}"), format!("Limit it to {b} {unit}"));
        prop_assert_eq!(same(&one, &other), a == b);
        prop_assert_eq!(different(&one, &other), a != b);
    }

    #[test]
    fn a_negation_is_never_lost(act in "(ship|raise|send|add|open|translate)", what in "(prices|mails|tests)") {
        let (one, other) = (format!("{act} the {what}"), format!("We should not {act} the {what}"));
        prop_assert!(different(&one, &other));
    }
}
