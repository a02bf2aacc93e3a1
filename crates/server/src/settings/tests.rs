use std::collections::HashSet;
use std::path::PathBuf;

use super::*;

fn load(environment: &[(&str, &str)]) -> Result<Settings, Vec<String>> {
    let environment = environment.iter().map(|(name, text)| ((*name).into(), (*text).into())).collect();
    let sources = Sources { environment, file: Some(empty_file()), flags: Vec::new() };
    sources.load().map_err(|invalid| invalid.0.into_iter().map(|wrong| wrong.0).collect())
}

fn empty_file() -> PathBuf {
    PathBuf::from("/dev/null")
}

fn load_file(text: &str) -> Result<Settings, InvalidSettings> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("s.toml");
    std::fs::write(&file, text).unwrap();
    Sources { file: Some(file), ..Sources::default() }.load()
}

#[test]
fn every_default_is_a_value_of_its_setting() {
    for row in TABLE {
        assert!((row.accepts)(row.default), "{}", row.key);
    }
    assert!(load(&[]).is_ok());
}

#[test]
fn every_name_is_there_once_and_every_setting_is_documented() {
    let keys: HashSet<_> = TABLE.iter().map(|row| row.key).collect();
    let names: HashSet<_> = TABLE.iter().map(|row| row.env).collect();
    assert_eq!((keys.len(), names.len()), (TABLE.len(), TABLE.len()));
    assert!(TABLE.iter().all(|row| row.doc.trim().ends_with('.') && !(row.takes)().is_empty()));
}

/// A text that is wrong for each setting that can be wrong at all: a path can't.
fn wrong_text(row: &Setting) -> Option<&'static str> {
    ["\u{1}", "not/a value"].into_iter().find(|text| !(row.accepts)(text))
}

#[test]
fn every_wrong_value_is_told_with_its_setting_its_source_and_what_it_takes() {
    let breakable: Vec<_> = TABLE.iter().filter_map(|row| Some((row, wrong_text(row)?))).collect();
    assert_eq!(TABLE.len() - breakable.len(), 4, "only paths take anything");
    for (row, text) in breakable {
        let wrong = load(&[(row.env, text)]).unwrap_err();
        let [message] = wrong.as_slice() else { panic!("{wrong:?}") };
        assert!(message.starts_with(row.key), "{message}");
        assert!(message.contains(row.env) && message.contains(&(row.takes)()), "{message}");
        assert_eq!(message.contains(text), !row.secret, "{message}");
    }
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let wrong =
        load(&[("IMAGE_MAX_SIZE", "huge"), ("LOG_LEVEL", "loud"), ("SELFSAME_LISTN", "x")]).unwrap_err();
    assert_eq!(wrong.len(), 3, "{wrong:?}");
    assert!(wrong.iter().any(|line| line.contains("did you mean SELFSAME_LISTEN?")), "{wrong:?}");
}

#[test]
fn an_unknown_key_of_a_file_is_told_with_the_nearest_one() {
    let error = load_file("[image]\nmax_size = 1\n[images]\nmax_sise = 1\n").unwrap_err().to_string();
    assert!(error.contains("image ") && error.contains("did you mean images.max_size?"), "{error}");
}

#[test]
fn a_file_is_read_in_its_own_types() {
    let text = "listen = \"[::1]:9\"\n[images]\nallowed_types = [\"png\"]\nthumbnail_size = 64\ngenerate_thumbnails = false\n\
                [[issuers]]\nissuer = \"https://i\"\naudience = \"a\"\njwks_url = \"https://i/k\"\ncreate_users = true\n";
    let settings = load_file(text).unwrap();
    assert_eq!(settings.listen.port(), 9);
    assert_eq!(settings.image_types, [ImageType::Png]);
    assert_eq!((settings.thumbnail_size, settings.thumbnails), (64, false));
    assert!(settings.issuers.first().is_some_and(|issuer| issuer.create_users));
}

#[test]
fn a_flag_goes_before_the_environment_and_that_before_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("s.toml");
    std::fs::write(&file, "listen = \"127.0.0.1:1\"\ndata = \"from-file\"\n[log]\nlevel = \"warn\"\n")
        .unwrap();
    let sources = Sources {
        file: Some(file),
        environment: vec![
            ("SELFSAME_LISTEN".into(), "127.0.0.1:2".into()),
            ("SELFSAME_DATA".into(), "from-env".into()),
        ],
        flags: vec![("listen", "--listen", "127.0.0.1:3".into())],
    };
    let settings = sources.load().unwrap();
    assert_eq!(settings.listen.port(), 3);
    assert_eq!(settings.data, PathBuf::from("from-env"));
    assert_eq!(settings.log_level, LogLevel::Warn);
}

#[test]
fn a_named_file_that_is_not_there_is_an_error() {
    let sources = Sources { file: Some("/nonexistent/s.toml".into()), ..Sources::default() };
    assert!(sources.load().unwrap_err().to_string().contains("/nonexistent/s.toml can't be read"));
}

#[test]
fn production_refuses_what_is_unsafe() {
    let wrong = load(&[("SELFSAME_MODE", "production"), ("SELFSAME_DATA", "/nonexistent")]).unwrap_err();
    assert!(wrong.iter().any(|line| line.starts_with("public_url")), "{wrong:?}");
    assert!(wrong.iter().any(|line| line.starts_with("master_key")), "{wrong:?}");
    assert!(wrong.iter().any(|line| line.starts_with("email.provider")), "{wrong:?}");
    let key = "ab".repeat(32);
    let safe = [
        ("SELFSAME_MODE", "production"),
        ("SELFSAME_PUBLIC_URL", "https://id.example.com/"),
        ("SELFSAME_MASTER_KEY", &key),
        ("EMAIL_PROVIDER", "resend"),
        ("EMAIL_FROM", "Example <id@example.com>"),
        ("RESEND_API_KEY", "re_0123456789abcdef"),
    ];
    assert_eq!(load(&safe).unwrap().public_url(), "https://id.example.com");
}

#[test]
fn mail_is_sent_only_with_all_that_its_provider_needs() {
    for (provider, missing) in [("smtp", "email.smtp_url"), ("resend", "email.resend_api_key")] {
        let wrong = load(&[("EMAIL_PROVIDER", provider)]).unwrap_err();
        let starts: Vec<_> = wrong.iter().map(|line| line.split(' ').next().unwrap()).collect();
        assert_eq!(starts, [missing, "email.from"]);
    }
    let from = ("EMAIL_FROM", "id@example.com");
    assert!(load(&[("EMAIL_PROVIDER", "smtp"), from, ("SMTP_URL", "smtp://localhost:25")]).is_ok());
    let wrong = load(&[("SMTP_URL", "http://user:hunter2@localhost")]).unwrap_err();
    assert!(wrong[0].starts_with("email.smtp_url") && !wrong[0].contains("hunter2"), "{wrong:?}");
}

#[test]
fn production_sends_no_mail_that_can_be_read_on_the_way() {
    let key = "ab".repeat(32);
    let wrong = |url: &str| {
        let given = [
            ("SELFSAME_MODE", "production"),
            ("SELFSAME_PUBLIC_URL", "https://id.example.com/"),
            ("SELFSAME_MASTER_KEY", &key),
            ("EMAIL_PROVIDER", "smtp"),
            ("EMAIL_FROM", "id@example.com"),
            ("SMTP_URL", url),
        ];
        load(&given).err().unwrap_or_default().len()
    };
    for safe in
        ["smtps://u:p@mail.example.com", "smtp://u:p@mail.example.com?tls=required", "smtp://127.0.0.1:25"]
    {
        assert_eq!(wrong(safe), 0, "{safe}");
    }
    for plain in ["smtp://u:p@mail.example.com", "smtp://mail.example.com?tls=opportunistic"] {
        assert_eq!(wrong(plain), 1, "{plain}");
    }
}

#[test]
fn traces_are_refused_where_they_were_not_built_in() {
    let loaded = load(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318/")]);
    if rules::CAN_TRACE {
        let endpoint = loaded.unwrap().traces_endpoint.unwrap();
        assert_eq!(endpoint.as_str(), "http://localhost:4318");
    } else {
        let wrong = loaded.unwrap_err();
        let [line] = wrong.as_slice() else { panic!("{wrong:?}") };
        assert!(line.starts_with("traces.endpoint") && line.contains("--features otel"), "{line}");
    }
}

#[test]
fn buckets_are_refused_where_they_were_not_built_in() {
    let loaded =
        load(&[("S3_BUCKET_AVATARS", "our-avatars"), ("AWS_ENDPOINT_URL_S3", "http://localhost:9000/")]);
    if rules::CAN_USE_AWS {
        let settings = loaded.unwrap();
        assert_eq!(settings.avatars_bucket.as_deref(), Some("our-avatars"));
        assert_eq!(settings.s3_endpoint.unwrap().as_str(), "http://localhost:9000");
    } else {
        let wrong = loaded.unwrap_err();
        let [line] = wrong.as_slice() else { panic!("{wrong:?}") };
        assert!(line.starts_with("images.s3_bucket") && line.contains("--features aws"), "{line}");
    }
}

#[test]
fn the_reference_names_every_setting_and_the_file_is_read_back() {
    let page = markdown();
    assert!(TABLE.iter().all(|row| page.contains(&format!("## `{}`", row.key)) && page.contains(row.env)));
    let file = commented_file();
    let is_value = |line: &&str| {
        let name = line.trim_start_matches("# ").split_once(" = ").map_or("", |(name, _)| name);
        !line.starts_with("# ") || (!name.is_empty() && !name.contains(' '))
    };
    let lines: Vec<_> = file.lines().filter(is_value).map(|line| line.trim_start_matches("# ")).collect();
    let uncommented = lines.join("\n");
    assert!(load_file(&uncommented).is_ok(), "{uncommented}");
}

#[test]
fn the_page_of_settings_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/configuration.md");
    let page = std::fs::read_to_string(path).unwrap_or_default();
    assert!(page == markdown(), "run: cargo run -- settings --markdown > docs/configuration.md");
}

#[test]
fn the_password_of_a_broker_is_never_shown() {
    for (env, url) in
        [("RABBITMQ_URL", "http://user:hunter2@rabbit"), ("NATS_URL", "http://user:hunter2@nats")]
    {
        let wrong = load(&[(env, url)]).unwrap_err();
        assert!(wrong[0].contains("not usable") && !wrong[0].contains("hunter2"), "{wrong:?}");
    }
    let settings =
        load(&[("RABBITMQ_URL", "amqp://user:hunter2@rabbit"), ("NATS_URL", "nats://user:hunter2@nats")]);
    assert!(!format!("{:?}", settings.unwrap()).contains("hunter2"));
}

#[test]
fn messages_are_taken_unless_the_queue_has_no_name() {
    assert_eq!(load(&[]).unwrap().rabbitmq_inbound.as_deref(), Some("selfsame.inbound"));
    assert_eq!(load_file("[rabbitmq]\ninbound_queue = \"\"\n").unwrap().rabbitmq_inbound, None);
}
