use selfsame_primitives::Timestamp;

use super::*;

fn snapshot(name: &str) -> String {
    format!("{}/tests/mails/{name}", std::env::var("CARGO_MANIFEST_DIR").unwrap())
}

fn templates() -> Templates {
    Templates::built_in("Selfsame")
}

fn all() -> impl Iterator<Item = (Template, Locale)> {
    let kinds = Template::examples("https://id.example.com").into_iter();
    kinds.flat_map(|template| LANGUAGES.iter().map(move |locale| (template.clone(), *locale)))
}

/// `UPDATE_MAILS=1 cargo test -p selfsame-mail` writes them anew, to be read before they are
/// committed.
#[test]
fn every_kind_in_every_language_is_as_it_was_last_reviewed() {
    let templates = templates();
    for (template, locale) in all() {
        let mail = templates.render(&template, locale).unwrap();
        let path = snapshot(&format!("{}.{}.txt", template.kind(), language_code(locale)));
        let shown = format!("{}\n\n{}\n{}", mail.subject, mail.text, words_of(&mail.html));
        if std::env::var_os("UPDATE_MAILS").is_some() {
            std::fs::write(&path, &shown).unwrap();
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), shown, "{path}");
    }
}

/// The text and the addresses of links in `html`, a line for each piece.
fn words_of(html: &str) -> String {
    let body = html.split_once("<body").map_or(html, |(_, body)| body);
    let mut lines = Vec::new();
    for piece in body.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').unwrap_or(("", piece));
        lines.extend(
            tag.split_once("href=\"")
                .and_then(|(_, rest)| rest.split('"').next())
                .map(str::to_owned),
        );
        lines.extend(Some(text.trim().to_owned()).filter(|text| !text.is_empty()));
    }
    lines.join("\n") + "\n"
}

#[test]
fn the_html_around_the_texts_is_as_it_was_last_reviewed() {
    let example = Template::examples("https://id.example.com").remove(2);
    let html = templates().render(&example, Locale::En).unwrap().html;
    let path = snapshot("layout.html");
    if std::env::var_os("UPDATE_MAILS").is_some() {
        std::fs::write(&path, &html).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), html);
}

#[test]
fn the_list_of_kinds_and_the_examples_are_the_same() {
    let kinds: Vec<_> = Template::examples("").iter().map(Template::kind).collect();
    assert_eq!(kinds, KINDS);
}

#[test]
fn every_language_has_the_same_words_to_fill_in() {
    let shape = |locale: &Locale| {
        let words = words(*locale);
        let kinds = words
            .kinds
            .iter()
            .map(|(kind, words)| (kind, words.body.len(), words.button.is_empty()));
        let names = words.frame.keys().chain(words.findings.keys());
        (kinds.collect::<Vec<_>>(), names.collect::<Vec<_>>())
    };
    let english = shape(&Locale::En);
    assert_eq!((english.0.len(), english.1.len()), (KINDS.len(), 16));
    assert!(LANGUAGES.iter().all(|locale| shape(locale) == english));
}

#[test]
fn every_finding_has_words() {
    let findings = [
        AlertDetails::FailedSignIns,
        AlertDetails::Guessing,
        AlertDetails::TokenReuse,
        AlertDetails::QuickChange,
        AlertDetails::NewNetwork,
        AlertDetails::SecondStep,
        AlertDetails::PasskeyCopied,
        AlertDetails::MassReads,
    ];
    for (finding, locale) in
        findings.iter().flat_map(|finding| LANGUAGES.iter().map(move |l| (*finding, *l)))
    {
        let circumstances = Circumstances { at: Timestamp::from_millis(0), device: None, ip: None };
        let template = Template::SecurityAlert { finding, undo_url: "u".into(), circumstances };
        let expected = &words(locale).findings[template.finding().unwrap()];
        assert!(templates().render(&template, locale).unwrap().text.contains(expected));
    }
}

#[test]
fn a_code_is_in_the_text_and_in_the_html_and_nothing_is_left_to_fill_in() {
    let templates = templates();
    for (template, locale) in all() {
        let mail = templates.render(&template, locale).unwrap();
        for part in [&mail.subject, &mail.text, &mail.html] {
            assert!(!part.contains("{{") && !part.contains("{%"), "{template:?} {locale:?}");
        }
        if let Some(code) = template.code() {
            assert!(mail.text.contains(code) && mail.html.contains(code));
        }
        assert!(mail.html.contains(&format!("lang=\"{}\"", language_code(locale))));
    }
}

#[test]
fn what_a_client_calls_itself_is_shown_and_never_taken_for_markup() {
    let circumstances = Circumstances {
        at: Timestamp::from_millis(1_800_000_000_000),
        device: Some("<img src=x onerror=alert(1)>{{ code }}".into()),
        ip: None,
    };
    let template = Template::NewSignIn {
        undo_url: "https://id.example.com/undo?a=1&b=\"".into(),
        circumstances,
    };
    let mail = templates().render(&template, Locale::En).unwrap();
    assert!(mail.html.contains("&lt;img src=x onerror=alert(1)&gt;{{ code }}"), "{}", mail.html);
    assert!(mail.html.contains("a=1&amp;b=&quot;"));
    assert!(mail.text.contains("<img src=x onerror=alert(1)>{{ code }}"));
}

#[test]
fn a_mail_says_how_long_its_code_is_good_and_one_that_was_kept_before_that_ten_minutes() {
    let kept: Template =
        serde_json::from_str(r#"{"kind":"email-verification","code":"123456"}"#).unwrap();
    assert!(templates().render(&kept, Locale::En).unwrap().text.contains("good for 10 minutes"));
    let long = Template::PasswordReset { code: "abcde-fghjk".into(), minutes: 47 };
    assert!(templates().render(&long, Locale::En).unwrap().text.contains("good for 47 minutes"));
}

#[test]
fn an_operators_own_form_goes_before_the_built_in_one_for_its_language() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    put("password-reset.txt", "Code: {{ code }}");
    put("password-reset.de.html", "<b>{{ code }} {{ service }}</b>");
    put("password-reset.subject.txt", "Hello\r\nBcc: x@y.de {{ service }}");
    let templates = Templates::built_in("A<B").with_overrides(folder.path()).unwrap();
    let template = Template::PasswordReset { code: "123456".into(), minutes: 10 };
    let german = templates.render(&template, Locale::De).unwrap();
    assert_eq!(
        (german.text.as_str(), german.html.as_str()),
        ("Code: 123456", "<b>123456 A&lt;B</b>")
    );
    assert_eq!(german.subject, "Hello Bcc: x@y.de A<B");
    let english = templates.render(&template, Locale::En).unwrap();
    assert_eq!(english.text, "Code: 123456");
    assert!(english.html.contains("<!doctype html>"));
}

#[test]
fn a_broken_form_of_the_operator_gives_way_to_the_built_in_one() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("password-reset.html", "{% if %}"),
        ("password-reset.txt", "{{ nobody_knows_this }}"),
        ("password-reset.subject.txt", "{{ heading | no_such_filter }}"),
    ] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let own = templates().with_overrides(folder.path()).unwrap();
    let template = Template::PasswordReset { code: "123456".into(), minutes: 10 };
    let (broken, built_in) =
        (own.render(&template, Locale::Fr), templates().render(&template, Locale::Fr));
    assert_eq!(broken.unwrap(), built_in.unwrap());
}
