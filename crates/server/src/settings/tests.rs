use std::collections::HashSet;
use std::path::PathBuf;

use selfsame_primitives::Secret;

use super::kinds::Kind as _;
use super::*;

fn load(environment: &[(&str, &str)]) -> Result<Settings, Vec<String>> {
    let environment =
        environment.iter().map(|(name, text)| ((*name).into(), (*text).into())).collect();
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

/// A wrong text for each setting that can be wrong at all: a path can't.
fn wrong_text(row: &Setting) -> Option<&'static str> {
    ["\u{1}", "not/a value"].into_iter().find(|text| !(row.accepts)(text))
}

#[test]
fn every_wrong_value_is_reported_with_its_setting_its_source_and_its_kind() {
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
fn all_faults_are_reported_at_once() {
    let wrong = load(&[("IMAGE_MAX_SIZE", "huge"), ("LOG_LEVEL", "loud"), ("SELFSAME_LISTN", "x")])
        .unwrap_err();
    assert_eq!(wrong.len(), 3, "{wrong:?}");
    assert!(wrong.iter().any(|line| line.contains("did you mean SELFSAME_LISTEN?")), "{wrong:?}");
}

#[test]
fn an_unknown_key_of_a_file_is_reported_with_the_nearest_one() {
    let error =
        load_file("[image]\nmax_size = 1\n[images]\nmax_sise = 1\n").unwrap_err().to_string();
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
    std::fs::write(
        &file,
        "listen = \"127.0.0.1:1\"\ndata = \"from-file\"\n[log]\nlevel = \"warn\"\n",
    )
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
    let wrong =
        load(&[("SELFSAME_MODE", "production"), ("SELFSAME_DATA", "/nonexistent")]).unwrap_err();
    assert!(wrong.iter().any(|line| line.starts_with("public_url")), "{wrong:?}");
    assert!(wrong.iter().any(|line| line.starts_with("master_key")), "{wrong:?}");
    assert!(wrong.iter().any(|line| line.starts_with("email.provider")), "{wrong:?}");
    let safe = [
        ("SELFSAME_MODE", "production"),
        ("SELFSAME_PUBLIC_URL", "https://id.example.com/"),
        ("SELFSAME_MASTER_KEY", KEY),
        ("EMAIL_PROVIDER", "resend"),
        ("EMAIL_FROM", "Example <id@example.com>"),
        ("RESEND_API_KEY", "re_0123456789abcdef"),
    ];
    let wrong = load(&safe).unwrap_err();
    let [line] = wrong.as_slice() else { panic!("{wrong:?}") };
    assert!(line.starts_with("metrics.token and management.listen"), "{line}");
    assert_eq!(
        load(&[&safe[..], &[METRICS]].concat()).unwrap().public_url(),
        "https://id.example.com"
    );
}

/// A random key.
const KEY: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
const METRICS: (&str, &str) = ("SELFSAME_METRICS_TOKEN", "0f1e2d3c4b5a69788796a5b4");

/// The faults in production mode with the settings `more`, where everything else is safe.
fn refused(more: &[(&str, &str)]) -> Vec<String> {
    let safe = [
        ("SELFSAME_MODE", "production"),
        ("SELFSAME_PUBLIC_URL", "https://id.example.com"),
        ("SELFSAME_MASTER_KEY", KEY),
        ("EMAIL_PROVIDER", "resend"),
        ("EMAIL_FROM", "Example <id@example.com>"),
        ("RESEND_API_KEY", "re_0123456789abcdef"),
        METRICS,
    ];
    let safe = safe.into_iter().filter(|(name, _)| more.iter().all(|(other, _)| other != name));
    let all: Vec<_> = safe.chain(more.iter().copied()).collect();
    load(&all).err().unwrap_or_default()
}

#[test]
fn production_refuses_each_unsafe_setting_by_its_name_and_says_what_it_takes() {
    let zeros = "0".repeat(64);
    let row = data_encoding::HEXLOWER.encode(&(0..32).collect::<Vec<u8>>());
    let pattern = "0123456789abcdef".repeat(4);
    let issuer =
        format!(r#"[{{"issuer":"a","audience":"x","hs256_secret":"{}"}}]"#, "s".repeat(32));
    let cases: &[(&str, &str, &str, &str)] = &[
        ("SELFSAME_MASTER_KEY", &zeros, "master_key", "random hexadecimal digits"),
        ("SELFSAME_MASTER_KEY", &row, "master_key", "random hexadecimal digits"),
        ("SELFSAME_MASTER_KEY", &pattern, "master_key", "random hexadecimal digits"),
        ("SELFSAME_METRICS_TOKEN", "xxxxxxxxxxxxxxxxxxxxx", "metrics.token", "random"),
        ("SELFSAME_ISSUERS", &issuer, "issuers", "32 random bytes"),
        ("SELFSAME_TRUSTED_PROXIES", "0.0.0.0/0", "http.trusted_proxies", "/8 or smaller"),
        ("SELFSAME_TRUSTED_PROXIES", "10.0.0.0/8,::/0", "http.trusted_proxies", "/16 or smaller"),
        ("SELFSAME_TRUSTED_PROXIES", "128.0.0.0/1", "http.trusted_proxies", "/8 or smaller"),
        ("SELFSAME_TRUSTED_PROXIES", "2000::/3", "http.trusted_proxies", "/16 or smaller"),
        ("SELFSAME_ARGON2_MEMORY_KIB", "19455", "passwords.argon2_memory_kib", "19456 with 2"),
        ("SELFSAME_ARGON2_PASSES", "1", "passwords.argon2_memory_kib", "47104 KiB with 1 pass"),
        ("AUTH_SERVICE_URL", "http://auth.example.com", "auth_service_url", "https://"),
    ];
    for (env, text, key, takes) in cases {
        let wrong = refused(&[(env, text)]);
        let [line] = wrong.as_slice() else { panic!("{env}={text}: {wrong:?}") };
        assert!(line.starts_with(key) && line.contains(takes), "{line}");
    }
    let plain = [
        (
            "RABBITMQ_URL",
            "amqp://user:hunter2@mq.example.com",
            "rabbitmq.url",
            "amqps://",
            rules::CAN_USE_RABBITMQ,
        ),
        (
            "NATS_URL",
            "nats://user:hunter2@nats.example.com:4222",
            "nats.url",
            "tls://",
            rules::CAN_USE_NATS,
        ),
        (
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "http://otel.example.com",
            "traces.endpoint",
            "https://",
            rules::CAN_TRACE,
        ),
    ];
    for (env, text, key, takes, is_built_in) in plain {
        let wrong = refused(&[(env, text)]);
        assert_eq!(wrong.len(), if is_built_in { 1 } else { 2 }, "{wrong:?}");
        assert!(wrong[0].starts_with(key) && wrong[0].contains(takes), "{wrong:?}");
        assert!(!wrong[0].contains("hunter2"), "{wrong:?}");
    }
    assert_eq!(refused(&[]), Vec::<String>::new());
}

#[test]
fn production_takes_what_is_as_safe() {
    for (env, text) in [
        ("SELFSAME_TRUSTED_PROXIES", "10.0.0.0/8,fc00::/7,2001:db8::/32,192.0.2.1"),
        ("AUTH_SERVICE_URL", "http://localhost:8081"),
        ("SELFSAME_MASTER_KEY", "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQ_-7dzLuqmYg"),
    ] {
        assert_eq!(refused(&[(env, text)]), Vec::<String>::new(), "{env}");
    }
    assert_eq!(
        refused(&[("SELFSAME_ARGON2_MEMORY_KIB", "12288"), ("SELFSAME_ARGON2_PASSES", "3")]),
        Vec::<String>::new()
    );
    let managed =
        [("SELFSAME_METRICS_TOKEN", ""), ("SELFSAME_MANAGEMENT_LISTEN", "127.0.0.1:9090")];
    assert_eq!(refused(&managed), Vec::<String>::new());
    if rules::CAN_USE_RABBITMQ {
        assert_eq!(
            refused(&[("RABBITMQ_URL", "amqp://guest:guest@[::1]:5672")]),
            Vec::<String>::new()
        );
    }
}

#[test]
fn development_mode_on_an_address_that_others_reach_warns() {
    let warned = |address: &str| rules::warnings(&load(&[("SELFSAME_LISTEN", address)]).unwrap());
    assert!(warned("127.0.0.1:0").is_empty() && warned("[::1]:0").is_empty());
    for open in ["0.0.0.0:8080", "192.0.2.1:8080", "[::]:8080"] {
        let [line] = warned(open).try_into().unwrap();
        assert!(line.contains(open) && line.contains("SELFSAME_MODE"), "{line}");
    }
}

#[test]
fn a_secret_may_lie_in_a_file_that_a_variable_names() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    let name = file.to_str().unwrap();
    std::fs::write(&file, format!("{}\n", METRICS.1)).unwrap();
    let settings = load(&[("SELFSAME_METRICS_TOKEN_FILE", name)]).unwrap();
    assert_eq!(settings.metrics_token.unwrap().expose(), METRICS.1);
    let twice = load(&[("SELFSAME_METRICS_TOKEN_FILE", name), METRICS]).unwrap_err();
    assert!(twice[0].contains("both set"), "{twice:?}");
    let missing = load(&[("SELFSAME_METRICS_TOKEN_FILE", "/nonexistent/token")]).unwrap_err();
    assert!(
        missing[0].contains("/nonexistent/token")
            && missing[0].contains("SELFSAME_METRICS_TOKEN_FILE")
    );
    std::fs::write(&file, "short").unwrap();
    let wrong = load(&[("SELFSAME_METRICS_TOKEN_FILE", name)]).unwrap_err();
    assert!(wrong[0].starts_with("metrics.token") && wrong[0].contains(name), "{wrong:?}");
    assert!(!wrong[0].contains("short"), "{wrong:?}");
    std::fs::write(&file, "\n").unwrap();
    assert!(load(&[("SELFSAME_METRICS_TOKEN_FILE", name)]).unwrap_err()[0].contains("empty"));
    for row in TABLE.iter().filter(|row| row.secret) {
        let missing = load(&[(&format!("{}_FILE", row.env), "/nonexistent/secret")]).unwrap_err();
        assert!(missing[0].contains("/nonexistent/secret"), "{missing:?}");
    }
    assert!(load(&[("SELFSAME_LISTEN_FILE", name)]).is_err(), "only secrets lie in files");
}

#[test]
fn variables_of_kubernetes_are_no_settings_and_typos_are_reported() {
    let of_kubernetes = [
        ("SELFSAME_SERVICE_HOST", "10.0.0.1"),
        ("SELFSAME_SERVICE_PORT", "80"),
        ("SELFSAME_SERVICE_PORT_HTTP", "80"),
        ("SELFSAME_PORT", "tcp://10.0.0.1:80"),
        ("SELFSAME_PORT_80_TCP", "tcp://10.0.0.1:80"),
        ("SELFSAME_PORT_80_TCP_PROTO", "tcp"),
        ("SELFSAME_PORT_80_TCP_PORT", "80"),
        ("SELFSAME_PORT_80_TCP_ADDR", "10.0.0.1"),
        ("SELFSAME_POSTGRES_PORT_5432_TCP_ADDR", "10.0.0.2"),
        ("SELFSAME_POSTGRES_SERVICE_HOST", "10.0.0.2"),
    ];
    assert!(load(&of_kubernetes).is_ok());
    for typo in
        [("SELFSAME_PORT", "8080"), ("SELFSAME_PORTS_80", "1"), ("SELFSAME_LISTEN_PORT", "8080")]
    {
        assert!(load(&[typo]).unwrap_err()[0].contains("is not known"), "{typo:?}");
    }
    let close = load(&[("SELFSAME_SHUTDOWN_SECOND", "3")]).unwrap_err();
    assert!(close[0].contains("did you mean SELFSAME_SHUTDOWN_SECONDS?"), "{close:?}");
}

#[test]
fn an_environment_that_is_not_utf_8_stops_nothing_but_a_setting() {
    use std::os::unix::ffi::OsStringExt as _;
    let odd = || std::ffi::OsString::from_vec(vec![b'x', 0xff]);
    let load = |name: std::ffi::OsString| {
        let environment = vec![(name, odd())];
        Sources { file: Some(empty_file()), environment, flags: Vec::new() }.load()
    };
    assert!(load("LS_COLORS".into()).is_ok() && load(odd()).is_ok());
    let error = load("SELFSAME_DATA".into()).unwrap_err().to_string();
    assert!(error.contains("SELFSAME_DATA is not UTF-8"), "{error}");
}

#[test]
fn flags_are_read_in_any_case() {
    for (text, expected) in [
        ("True", true),
        ("1", true),
        ("true", true),
        ("YES", true),
        ("False", false),
        ("0", false),
        ("Off", false),
    ] {
        assert_eq!(load(&[("GENERATE_THUMBNAILS", text)]).unwrap().thumbnails, expected, "{text}");
    }
    assert!(load(&[("GENERATE_THUMBNAILS", "maybe")]).is_err());
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
    let wrong = |url: &str| {
        let given = [
            ("SELFSAME_MODE", "production"),
            ("SELFSAME_PUBLIC_URL", "https://id.example.com/"),
            ("SELFSAME_MASTER_KEY", KEY),
            ("EMAIL_PROVIDER", "smtp"),
            ("EMAIL_FROM", "id@example.com"),
            ("SMTP_URL", url),
            ("SELFSAME_MANAGEMENT_LISTEN", "127.0.0.1:9090"),
        ];
        load(&given).err().unwrap_or_default().len()
    };
    for safe in [
        "smtps://u:p@mail.example.com",
        "smtp://u:p@mail.example.com?tls=required",
        "smtp://127.0.0.1:25",
    ] {
        assert_eq!(wrong(safe), 0, "{safe}");
    }
    for plain in ["smtp://u:p@mail.example.com", "smtp://mail.example.com?tls=opportunistic"] {
        assert_eq!(wrong(plain), 1, "{plain}");
    }
}

/// Also for programs with all features, such as that of `./test`.
#[test]
fn what_needs_a_feature_is_refused_without_it() {
    let mut settings = load(&[]).unwrap();
    settings.traces_endpoint = kinds::URL.read("http://localhost:4318");
    settings.avatars_bucket = Some("our-avatars".into());
    settings.rabbitmq_url = Some(Secret::new("amqp://user:hunter2@localhost"));
    settings.nats_url = Some(Secret::new("nats://user:hunter2@localhost"));
    let features = ["otel", "aws", "rabbitmq", "nats"];
    let keys = ["traces.endpoint", "images.s3_bucket", "rabbitmq.url", "nats.url"];
    let wrong = rules::missing_features(&settings, &[]);
    assert_eq!(wrong.len(), features.len(), "{wrong:?}");
    for ((Wrong(line), feature), key) in wrong.iter().zip(features).zip(keys) {
        assert!(
            line.starts_with(key) && line.contains(&format!("`--features {feature}`")),
            "{line}"
        );
        assert!(!line.contains("hunter2"), "{line}");
    }
    assert_eq!(rules::missing_features(&settings, &features), []);
    assert_eq!(rules::missing_features(&settings, &features[1..]).len(), 1);
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
    let loaded = load(&[
        ("S3_BUCKET_AVATARS", "our-avatars"),
        ("AWS_ENDPOINT_URL_S3", "http://localhost:9000/"),
    ]);
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
    assert!(
        TABLE
            .iter()
            .all(|row| page.contains(&format!("## `{}`", row.key)) && page.contains(row.env))
    );
    let file = commented_file();
    let is_value = |line: &&str| {
        let name = line.trim_start_matches("# ").split_once(" = ").map_or("", |(name, _)| name);
        !line.starts_with("# ") || (!name.is_empty() && !name.contains(' '))
    };
    let lines: Vec<_> =
        file.lines().filter(is_value).map(|line| line.trim_start_matches("# ")).collect();
    let uncommented = lines.join("\n");
    assert!(load_file(&uncommented).is_ok(), "{uncommented}");
}

#[test]
fn the_page_of_settings_is_current() {
    let path = std::env::var("CARGO_MANIFEST_DIR").unwrap() + "/../../docs/configuration.md";
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
    let settings = load(&[
        ("RABBITMQ_URL", "amqp://user:hunter2@rabbit"),
        ("NATS_URL", "nats://user:hunter2@nats"),
    ]);
    assert!(!format!("{:?}", settings.unwrap()).contains("hunter2"));
}

#[test]
fn messages_are_taken_unless_the_queue_has_no_name() {
    assert_eq!(load(&[]).unwrap().rabbitmq_inbound.as_deref(), Some("selfsame.inbound"));
    assert_eq!(load_file("[rabbitmq]\ninbound_queue = \"\"\n").unwrap().rabbitmq_inbound, None);
}

#[test]
fn an_issuer_with_shared_ids_is_alone_and_excludes_registration() {
    const SERVICE: (&str, &str) = ("AUTH_SERVICE_URL", "https://login.example.com");
    const SHARING: (&str, &str) = (
        "SELFSAME_ISSUERS",
        r#"[{"issuer":"https://a","audience":"x","jwks_url":"https://a/k","ids":"shared"}]"#,
    );
    const OPEN: (&str, &str) = ("SELFSAME_REGISTRATION_LOCAL", "on");
    for (pairs, fault) in [
        (vec![SERVICE], ""),
        (vec![SERVICE, OPEN], ""),
        (vec![SHARING], ""),
        (vec![SHARING, OPEN], "can speak for whoever registers here"),
        (vec![SHARING, SERVICE], "only one issuer may"),
        (vec![("AUTH_SERVICE_AUDIENCE", "profiles")], "AUTH_SERVICE_URL"),
        (vec![("AUTH_SERVICE_SECRET", "a secret of thirty-two bytes or so")], "AUTH_SERVICE_URL"),
        (vec![("SELFSAME_STEP_UP_EXEMPT", "POST /v1/account/password")], "SELFSAME_STEP_UP_EXEMPT"),
    ] {
        let faults = load(&pairs).err().unwrap_or_default().join("; ");
        assert!(
            faults.contains(fault) && faults.is_empty() == fault.is_empty(),
            "{pairs:?}: {faults}"
        );
    }
}

#[test]
fn an_external_service_without_an_audience_and_routes_without_a_proof_are_warned_of() {
    let warnings = |pairs: &[(&str, &str)]| rules::warnings(&load(pairs).unwrap());
    let service = ("AUTH_SERVICE_URL", "https://login.example.com");
    assert!(warnings(&[service])[0].contains("AUTH_SERVICE_AUDIENCE"));
    assert!(warnings(&[service, ("AUTH_SERVICE_AUDIENCE", "profiles")]).is_empty());
    assert!(
        warnings(&[("SELFSAME_STEP_UP_EXEMPT", "DELETE /user/delete")])[0]
            .contains("step_up_exempt")
    );
}
