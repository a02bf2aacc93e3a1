//! The language of texts for people.

use selfsame_architecture_tests::root;

/// Everything that the interface, the mails, the notifications and the activity say in German.
const GERMAN: &[&str] = &[
    "ui/languages/de.json",
    "crates/mail/templates/texts/de.json",
    "crates/activity/src/notifications/texts.rs",
    "crates/activity/src/activity_log/texts.rs",
];

/// The words of the quoted texts in `line`, each with whether a sentence begins with it.
fn words(line: &str) -> Vec<(&str, bool)> {
    let mut words = Vec::new();
    for text in line.split('"') {
        let mut begins = true;
        for word in text.split_whitespace() {
            words.push((word.trim_matches(|letter: char| !letter.is_alphabetic()), begins));
            begins = word.ends_with(['.', ':', '!', '?']);
        }
    }
    words
}

/// Whether `word` is a formal address: `Sie` may also begin a sentence about a third person.
fn is_formal(word: &str, begins: bool) -> bool {
    match word {
        "Ihr" | "Ihre" | "Ihrem" | "Ihren" | "Ihrer" | "Ihres" | "Ihnen" => true,
        "Sie" => !begins,
        _ => false,
    }
}

#[test]
fn german_says_du() {
    for path in GERMAN {
        let text = std::fs::read_to_string(root().join(path)).unwrap();
        let formal: Vec<_> = text
            .lines()
            .filter(|line| words(line).into_iter().any(|(word, begins)| is_formal(word, begins)))
            .collect();
        assert_eq!(formal, Vec::<&str>::new(), "{path}");
    }
}

#[test]
fn what_speaks_formally_is_recognised() {
    let is_formal = |text| words(text).into_iter().any(|(word, begins)| is_formal(word, begins));
    for formal in [
        "Wenn Sie das waren",
        "\"Ihr Bild ist fertig\"",
        "Ändern Sie, was Sie wollen",
        "in Ihren Daten",
    ] {
        assert!(is_formal(formal), "{formal}");
    }
    for fine in [
        "\"Sie beginnt mit\"",
        "Das geht nicht: Sie muss",
        "\"a\": \"Sie gilt sofort\"",
        "bewahre sie auf",
    ] {
        assert!(!is_formal(fine), "{fine}");
    }
}
