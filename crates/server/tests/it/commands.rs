//! The command line, as an operator uses it.

use std::io::{Read as _, Write as _};

use crate::support::{begin, command, selfsame, stderr, stdout};

#[test]
fn all_wrong_settings_are_reported_at_once_with_an_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let output = command(&folder.path().join("d"))
        .envs([("IMAGE_MAX_SIZE", "huge"), ("SELFSAME_LISTN", "x")])
        .arg("serve")
        .output()
        .unwrap();
    let said = stderr(&output, 78);
    assert!(
        said.contains("images.max_size (from the environment variable IMAGE_MAX_SIZE) is \"huge\""),
        "{said}"
    );
    assert!(said.contains("SELFSAME_LISTN is not known; did you mean SELFSAME_LISTEN?"), "{said}");
    assert!(!folder.path().join("d").exists(), "nothing is made before the settings are right");
}

#[test]
fn wrong_usage_ends_with_two() {
    let folder = tempfile::tempdir().unwrap();
    stderr(&selfsame(&folder.path().join("d"), &["users"]), 2);
}

#[test]
fn mail_that_was_never_given_up_is_no_list_and_any_address_can_be_released() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("d");
    begin(&data);
    assert_eq!(stdout(&selfsame(&data, &["mail", "failed"])), "");
    let released = selfsame(&data, &["mail", "release", "ada@example.org"]);
    assert!(
        stderr(&released, 0).contains("Mail to ada@example.org was not stopped"),
        "{released:?}"
    );
    stderr(&selfsame(&data, &["mail", "release", "ada"]), 1);
}

#[test]
fn a_closed_standard_error_does_not_end_a_command() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("d");
    let unheard = |arguments: &[&str]| {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        command(&data).args(arguments).stderr(full).output().unwrap()
    };
    let made = stdout(&unheard(&["user", "create", "--email", "ada@example.org"]));
    assert!(
        made.contains("The password, which is shown only now: ") && made.contains("usr_"),
        "{made}"
    );
    let token = stdout(&unheard(&["token", "create", "--scope", "alias:resolve"]));
    assert!(token.starts_with("sst_"), "{token}");
    for arguments in [&["compact"][..], &["backup", "copy"], &["backup", "verify", "copy"]] {
        stdout(&unheard(arguments));
    }
    assert_eq!(unheard(&["user", "show", "nobody"]).status.code(), Some(1));
}

#[test]
fn a_token_is_on_standard_error_where_the_output_fails() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("d");
    begin(&data);
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let arguments = ["token", "create", "--scope", "alias:resolve"];
    let said = stderr(&command(&data).args(arguments).stdout(full).output().unwrap(), 1);
    assert!(said.contains("sst_") && said.contains("can't write the output"), "{said}");
}

#[test]
fn a_replay_is_named_by_flags() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("d");
    begin(&data);
    let replay = ["events", "replay", "--sink", "nosuch"];
    let wrong: [(&[&str], &str); 4] = [
        (&[], "give one of --dead, --event and --user"),
        (&["--dead", "--user", "usr_x"], "give one of --dead, --event and --user"),
        (&["--dead", "--from", "1"], "--from and --until go with --user"),
        (&["--user", "usr_x", "--from", "2", "--until", "1"], "--until must not be below --from"),
    ];
    for (flags, message) in wrong {
        let said = stderr(&selfsame(&data, &[&replay[..], flags].concat()), 1);
        assert!(said.contains(message), "{flags:?}: {said}");
    }
}

#[test]
fn probes_at_the_address_of_everything_else_are_refused_by_the_names_of_both_settings() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("d");
    let run = |arguments: &[&str]| {
        let address = [
            ("SELFSAME_LISTEN", "127.0.0.1:65000"),
            ("SELFSAME_MANAGEMENT_LISTEN", "127.0.0.1:65000"),
        ];
        command(&data).envs(address).args(arguments).output().unwrap()
    };
    let message = "listen and management.listen are both 127.0.0.1:65000";
    let said = stderr(&run(&["serve"]), 78);
    assert!(said.contains(message), "{said}");
    assert!(!data.exists(), "nothing is begun");
    let doctor = run(&["doctor"]);
    assert_eq!(doctor.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&doctor.stdout).contains(message), "{doctor:?}");
}

#[test]
fn a_port_that_is_in_use_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let said = stderr(&selfsame(&folder.path().join("d"), &["serve", "--listen", &address]), 1);
    assert!(said.contains(&format!("can't listen on {address}: Address already in use")), "{said}");
}

#[test]
fn production_does_not_make_up_a_master_key() {
    let folder = tempfile::tempdir().unwrap();
    let output = command(&folder.path().join("d"))
        .envs([("SELFSAME_MODE", "production"), ("SELFSAME_PUBLIC_URL", "https://id.example.com")])
        .output()
        .unwrap();
    let said = stderr(&output, 78);
    assert!(
        said.contains("master_key is not set") && said.contains("openssl rand -hex 32"),
        "{said}"
    );
}

#[test]
fn a_user_is_made_found_and_listed_and_no_hash_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("d");
    let made =
        selfsame(&data, &["user", "create", "--email", "ada@example.org", "--username", "ada.l"]);
    let id = stdout(&made).trim().to_owned();
    assert!(id.starts_with("usr_"));
    for name in [id.as_str(), "ADA@example.org", "Ada.L"] {
        let shown = stdout(&selfsame(&data, &["user", "show", name]));
        assert!(shown.contains(&id) && shown.contains("\"hasPassword\": true"), "{shown}");
        assert!(!shown.contains("argon2"), "{shown}");
    }
    assert!(stdout(&selfsame(&data, &["user", "list"])).contains("ada@example.org"));
    let again = stderr(&selfsame(&data, &["user", "create", "--email", "ada@example.org"]), 1);
    assert!(again.contains("There is an account with this email address already"), "{again}");
    assert!(stderr(&selfsame(&data, &["user", "show", "bob"]), 1).contains("there is no user bob"));
}

#[test]
fn a_token_is_shown_once_listed_and_revoked() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("d");
    begin(&data);
    let made = selfsame(&data, &["token", "create", "--scope", "alias:resolve", "--name", "chat"]);
    let secret = stdout(&made);
    assert!(secret.starts_with("sst_"));
    let listed = stdout(&selfsame(&data, &["token", "list"]));
    assert!(listed.contains("chat") && !listed.contains(secret.trim()), "{listed}");
    let id = listed.split(' ').next().unwrap();
    assert!(stdout(&selfsame(&data, &["token", "revoke", id])).contains("revoked"));
    assert!(
        stderr(&selfsame(&data, &["token", "revoke", "nothing"]), 1)
            .contains("there is no token nothing")
    );
    let unknown = stderr(&selfsame(&data, &["token", "create", "--scope", "everything"]), 1);
    assert!(unknown.contains("there is no scope \"everything\""), "{unknown}");
}

#[test]
fn the_doctor_finds_a_whole_store_whole_and_a_torn_one_torn() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("d");
    stdout(&selfsame(&data, &["load-demo", "--users", "300"]));
    assert!(stdout(&selfsame(&data, &["doctor"])).contains("flushes a second"));
    let file = data.join("store.sqlite");
    let copy = folder.path().join("copy");
    stdout(&selfsame(&data, &["backup", &copy.display().to_string()]));
    let mut bytes = std::fs::read(copy.join("store.sqlite")).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 8192].fill(0xA5);
    std::fs::write(&file, bytes).unwrap();
    for ending in ["store.sqlite-wal", "store.sqlite-shm"] {
        // They belong to the store that was replaced.
        let _ = std::fs::remove_file(data.join(ending));
    }
    let output = selfsame(&data, &["doctor"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("WRONG  store"), "{output:?}");
}

#[test]
fn made_up_users_are_the_same_for_the_same_seed() {
    let folder = tempfile::tempdir().unwrap();
    let list = |name: &str, seed: &str| {
        let data = folder.path().join(name);
        stdout(&selfsame(&data, &["load-demo", "--users", "25", "--seed", seed]));
        let listed = stdout(&selfsame(&data, &["user", "list"]));
        listed.lines().filter(|line| !line.contains("demo-")).map(str::to_owned).collect::<Vec<_>>()
    };
    let (first, again, other) = (list("a", "4"), list("b", "4"), list("c", "5"));
    assert_eq!(first.len(), 25);
    assert_eq!(first, again);
    assert_ne!(first, other);
}

#[test]
fn settings_and_openapi_are_printed() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("d");
    let output = command(&data)
        .env("SELFSAME_METRICS_TOKEN", "sesame-open-sesame")
        .arg("settings")
        .output()
        .unwrap();
    let shown = stdout(&output);
    assert!(shown.contains("thumbnail_size: 150") && !shown.contains("sesame"), "{shown}");
    assert!(
        stdout(&selfsame(&data, &["settings", "--toml"])).contains("# listen = \"127.0.0.1:8080\"")
    );
    let document: serde_json::Value =
        serde_json::from_str(&stdout(&selfsame(&data, &["openapi"]))).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    assert!(!data.exists(), "looking makes nothing");
    let names = document["components"]["schemas"].as_object().unwrap().keys();
    let numbered: Vec<_> =
        names.filter(|name| name.ends_with(|last: char| last.is_ascii_digit())).collect();
    assert!(numbered.is_empty(), "{numbered:?} are of one name; rename the types in the schema");
    assert_eq!(odd_forms(&document), Vec::<String>::new());
    let uploads = ["/v1/profile/avatar", "/uploads/{bucket}"];
    for (path, field) in uploads.into_iter().zip(["avatar", "file"]) {
        let form = &document["paths"][path]["post"]["requestBody"]["content"]["multipart/form-data"]
            ["schema"];
        assert_eq!(form["properties"][field]["format"], "binary", "{path}");
    }
}

/// The forms in `schema` that client generators can't handle.
fn odd_forms(schema: &serde_json::Value) -> Vec<String> {
    let own = schema.as_object().is_some_and(|members| {
        let of_constants = |options: &serde_json::Value| {
            options
                .as_array()
                .is_some_and(|options| options.iter().all(|option| option.get("const").is_some()))
        };
        members.get("default").is_some_and(serde_json::Value::is_null)
            || members.get("oneOf").is_some_and(of_constants)
    });
    let children = schema.as_object().into_iter().flat_map(|members| members.values());
    let children = children.chain(schema.as_array().into_iter().flatten());
    let below = children.flat_map(odd_forms);
    own.then(|| schema.to_string()).into_iter().chain(below).collect()
}

#[test]
fn events_are_described_and_those_that_were_given_up_are_listed_and_replayed() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("d");
    let file = folder.path().join("events.jsonl");
    let events = |arguments: &[&str]| {
        let mut command = command(&data);
        command.env("SELFSAME_EVENTS_FILE", &file).arg("events").args(arguments).output().unwrap()
    };
    let catalog: serde_json::Value = serde_json::from_str(&stdout(&events(&["catalog"]))).unwrap();
    assert!(catalog["events"].as_array().unwrap().len() > 30);
    let document: serde_json::Value =
        serde_json::from_str(&stdout(&events(&["asyncapi"]))).unwrap();
    assert_eq!(document["asyncapi"], "3.0.0");
    let id = stdout(&selfsame(&data, &["user", "create", "--email", "ada@example.org"]))
        .trim()
        .to_owned();
    assert_eq!(stdout(&events(&["dead"])), "");
    assert!(
        stderr(&events(&["dead", "--sink", "nobody"]), 1).contains("sink: Choose one of these:")
    );
    let replayed = stdout(&events(&[
        "replay",
        "--sink",
        "file",
        "--user",
        id.as_str(),
        "--from",
        "1",
        "--until",
        "1",
    ]));
    assert_eq!(replayed, "1 events of 1 users are delivered again\n");
    assert_eq!(
        stdout(&events(&["replay", "--sink", "file", "--dead"])),
        "0 events of 0 users are delivered again\n"
    );
    for (arguments, wrong) in [
        (&["--user", id.as_str(), "--from", "0"][..], "from: Choose a number from 1"),
        (&["--user", "usr_nobody"], "user: There is nothing of this name here."),
        (&["--event", "x"], "events/0: This is not an id."),
        (&[], "give one of --dead, --event and --user"),
    ] {
        let said = stderr(&events(&[&["replay", "--sink", "file"], arguments].concat()), 1);
        assert!(said.contains(wrong), "{said}");
    }
}

/// Responds to `times` requests with `status`, and returns the address.
fn receiver(status: &'static str, times: usize) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().take(times) {
            let mut stream = stream.unwrap();
            let (mut request, mut some) = (Vec::new(), [0; 1024]);
            // The body of a test ends with its data and the body's own brace.
            while !request.ends_with(b"}}") {
                let read = stream.read(&mut some).unwrap();
                request.extend_from_slice(&some[..read]);
            }
            write!(stream, "HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n").unwrap();
        }
    });
    format!("http://{address}/hooks")
}

#[test]
fn a_webhook_is_made_tried_looked_at_and_removed() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("d");
    let webhook = |arguments: &[&str]| {
        let mut command = command(&data);
        command.env("SELFSAME_WEBHOOKS_ALLOWED_NETWORKS", "127.0.0.0/8");
        command.arg("webhook").args(arguments).output().unwrap()
    };
    begin(&data);
    assert_eq!(stdout(&webhook(&["list"])), "");
    let url = receiver("204 No Content", 1);
    let made = webhook(&["add", &url, "--type", "profile.*", "--description", "Search"]);
    let id = stdout(&made).trim().to_owned();
    let secret = stderr(&made, 0);
    assert!(secret.contains("whsec_"), "{secret}");
    assert_eq!(stdout(&webhook(&["list"])), format!("{id}  enabled  {url}  profile.*  Search\n"));
    let shown = stdout(&webhook(&["show", &id]));
    assert!(shown.contains("\"version\": 1") && !shown.contains("whsec_"), "{shown}");
    let tried = stdout(&webhook(&["test", &id]));
    assert!(tried.ends_with("  webhook.test  delivered  1  answered 204\n"), "{tried}");
    assert_eq!(stdout(&webhook(&["deliveries", &id])), tried);
    assert_eq!(stdout(&webhook(&["deliveries", &id, "--status", "failed"])), "");
    let rotated = stdout(&webhook(&["rotate-secret", &id]));
    assert!(rotated.starts_with("whsec_") && !secret.contains(rotated.trim()), "{rotated}");
    assert!(stdout(&webhook(&["enable", &id])).contains("\"enabled\": true"));
    let replayed = stdout(&webhook(&["replay", &id, "--since", "2026-01-31T09:30:00Z"]));
    assert_eq!(replayed, "0 deliveries about 0 users are made again\n", "a test is about nobody");
    let subscription = format!("webhook.{id}");
    assert_eq!(stdout(&selfsame(&data, &["events", "dead", "--sink", &subscription])), "");
    stdout(&webhook(&["remove", &id]));
    assert_eq!(stdout(&webhook(&["list"])), "");
    let said = stderr(&selfsame(&data, &["events", "dead", "--sink", &subscription]), 1);
    assert!(said.contains("sink: There is nothing of this name here."), "{said}");
}

#[test]
fn the_faults_of_a_webhook_are_printed() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("d");
    let webhook = |arguments: &[&str]| selfsame(&data, &[&["webhook"], arguments].concat());
    begin(&data);
    let said = stderr(&webhook(&["add", "https://10.0.0.1/", "--type", "made.up"]), 1);
    let wrong = "url: This must lead to a public address: 10.0.0.1 is none, and in no network of \
                 webhooks.allowed_networks. eventTypes/0: This is neither";
    assert!(said.contains(wrong), "{said}");
    for act in ["show", "remove", "enable", "test", "rotate-secret", "deliveries"] {
        let said = stderr(&webhook(&[act, "nothing"]), 1);
        assert!(said.contains("there is no webhook nothing"), "{act}: {said}");
    }
    stderr(&webhook(&["replay", "nothing", "--since", "yesterday"]), 2);
    let mut add = command(&data);
    add.env("SELFSAME_WEBHOOKS_ALLOWED_NETWORKS", "127.0.0.0/8");
    let id = stdout(
        &add.args(["webhook", "add", "http://127.0.0.1:1/", "--disabled"]).output().unwrap(),
    );
    let listed = stdout(&webhook(&["list"]));
    assert!(listed.contains("disabled (administrator)"), "{listed}");
    // Without the setting webhooks may not connect to the address.
    let output = webhook(&["test", id.trim()]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("  failed  1  "), "{output:?}");
}
