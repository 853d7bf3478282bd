//! The first start from the command line, the site's secret key, and the settings.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;
use std::time::SystemTime;

use tempfile::TempDir;

use crate::cli::Place;
use crate::support::program::{
    Response, Server, command, run_with_input, seed_stocked_shop, send_raw, send_request, stderr_of, stdout_of,
};

const PASSWORD: &str = "violet kettle seven harbour";

fn create(place: &Place, role: &str) -> (Option<i32>, String, String) {
    let email = format!("{role}@kestrel.example");
    place.run_with_input(
        &["account", "create", "--email", &email, "--name", "Ann", "--role", role, "--password-stdin"],
        PASSWORD,
    )
}

fn serve(place: &Place) -> Server {
    Server::start(place.folder.path(), place.url(), &[])
}

fn get(server: &Server, path: &str) -> Response {
    send_request(server.address, "GET", path, "", &[]).unwrap()
}

/// It serves, and stops when it is asked to.
fn stops(mut server: Server) {
    assert_eq!(get(&server, "/healthz").status, 200);
    assert!(server.stop());
}

/// Logs in; the cookie.
fn log_in(server: &Server, email: &str) -> String {
    let form = [("email", email), ("password", PASSWORD)];
    let answer = send_request(server.address, "POST", "/login", "", &form).unwrap();
    assert_eq!(answer.status, 303, "{}", answer.text());
    answer.cookie().unwrap()
}

#[test]
fn a_start_without_a_browser_opens_the_site() {
    let place = Place::new();
    let (code, _, wrong) = create(&place, "owner");
    assert_eq!((code, wrong.as_str()), (Some(0), ""));
    let server = serve(&place);
    for path in ["/", "/shop", "/blog", "/cart", "/search?q=mug"] {
        assert_eq!(get(&server, path).status, 200, "{path}");
    }
    assert_eq!(get(&server, "/setup").status, 404);
    let cookie = log_in(&server, "owner@kestrel.example");
    for path in ["/admin", "/admin/settings", "/admin/products/new", "/admin/taxes", "/admin/shipping"] {
        assert_eq!(send_request(server.address, "GET", path, &cookie, &[]).unwrap().status, 200, "{path}");
    }
    let page = send_request(server.address, "GET", "/admin/shipping", &cookie, &[]).unwrap().text();
    assert!(page.contains("Standard parcel"), "an order can be sent");
    let settings = send_request(server.address, "GET", "/admin/settings", &cookie, &[]).unwrap();
    let zone = settings.attributes("[name=time_zone] [selected], input[name=time_zone]", "value");
    assert_eq!(zone, ["Europe/Berlin"], "as from the setup page");
}

#[test]
fn no_order_of_commands_locks_anybody_out() {
    let orders: [&[&str]; 6] = [
        &["editor"],
        &["owner", "editor", "owner"],
        &["editor", "owner"],
        &["migrate", "admin", "owner"],
        &["keys accept", "owner"],
        &["demo", "owner", "demo"],
    ];
    for steps in orders {
        let place = Place::new();
        for step in steps {
            match *step {
                "migrate" | "demo" => drop(place.run_with_input(&[step], "")),
                "keys accept" => drop(place.run_with_input(&["keys", "accept"], "")),
                role => drop(create(&place, role)),
            }
        }
        let server = serve(&place);
        let home = get(&server, "/");
        if steps.contains(&"owner") {
            assert_eq!((home.status, get(&server, "/setup").status), (200, 404), "{steps:?}");
            let cookie = log_in(&server, "owner@kestrel.example");
            assert_eq!(send_request(server.address, "GET", "/admin", &cookie, &[]).unwrap().status, 200, "{steps:?}");
        } else {
            assert_eq!((home.status, home.header("location")), (303, Some("/setup")), "{steps:?}");
            let address = server.wait_for_output("Make it yours: ");
            let path = address.split_once("/setup").unwrap().1;
            assert_eq!(get(&server, &format!("/setup{path}")).status, 200, "{steps:?}");
        }
    }
}

#[test]
fn the_printed_key_opens_the_setup_page_once_for_somebody_elsewhere() {
    let place = Place::new();
    let server = serve(&place);
    let key = server.wait_for_output("/setup?key=");
    let far = |method: &str, path: &str, body: &str| {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nx-forwarded-for: 203.0.113.9\r\n\
             content-type: application/x-www-form-urlencoded\r\n",
            server.address
        );
        send_raw(server.address, &head, body).unwrap()
    };
    assert_eq!(far("GET", "/setup", "").status, 403);
    let form = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("site_name", "Far"), ("name", "Ann"), ("email", "ann@far.example"), ("password", PASSWORD)])
        .extend_pairs([("country", "DE"), ("currency", "EUR"), ("content", "empty")])
        .finish();
    assert_eq!(far("POST", "/setup", &form).status, 403);
    assert_eq!(far("GET", &format!("/setup?key={key}"), "").status, 200);
    assert_eq!(far("POST", "/setup", &format!("{form}&key={key}")).status, 303);
    assert_eq!(far("POST", "/setup", &format!("{form}&key={key}")).status, 404);
    assert_eq!(get(&server, "/").status, 200);
}

#[test]
fn a_proxy_that_says_nothing_is_known_by_its_old_http() {
    let place = Place::new();
    let server = serve(&place);
    let asked = |version: &str| {
        send_raw(server.address, &format!("GET /setup {version}\r\nhost: {}\r\n", server.address), "").unwrap().status
    };
    assert_eq!((asked("HTTP/1.1"), asked("HTTP/1.0")), (200, 403));
}

#[test]
fn a_public_origin_asks_this_machine_for_the_key_too() {
    let place = Place::new();
    let mut command = command(place.folder.path(), place.url(), &["serve"]);
    command.env("TRADEPOST_BASE_URL", "https://shop.example").env("TRADEPOST_BIND", "127.0.0.1:0");
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap()));
    let invited = lines.map_while(Result::ok).find(|line| line.contains("Make it yours: "));
    assert!(invited.unwrap().contains("https://shop.example/setup?key="));
    child.kill().unwrap();
    child.wait().unwrap();
}

/// A site that has been started once.
fn started() -> Place {
    let place = Place::new();
    seed_stocked_shop(place.folder.path(), place.url());
    stops(serve(&place));
    place
}

/// Every command that needs the key says so in one line, and the checks find it.
fn is_refused(place: &Place, settings: &[(&str, &str)], words: &str) {
    for arguments in [&["serve"][..], &["account", "reset-link", "a@b.example"]] {
        let (code, _, wrong) = place.run_with(settings, arguments);
        assert_eq!((code, wrong.lines().count()), (Some(1), 1), "{arguments:?}: {wrong}");
        assert!(wrong.contains(words) && wrong.contains("tradepost keys accept"), "{arguments:?}: {wrong}");
    }
    let (code, said, _) = place.run_with(settings, &["doctor"]);
    assert!(code == Some(1) && said.contains("FAIL  key: ") && said.contains(words), "{said}");
    let (code, said, _) = place.run_with(settings, &["audit", "--json"]);
    let report: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert!(code == Some(1) && report["violations"][0].as_str().unwrap().contains(words), "{said}");
}

#[test]
fn a_lost_key_is_an_error_and_never_a_new_key() {
    let place = started();
    let file = place.folder.path().join("secret.key");
    let key = std::fs::read(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    is_refused(&place, &[], "secret.key is missing");
    assert!(!file.exists(), "nothing made another one");
    std::fs::write(&file, key).unwrap();
    stops(serve(&place));
}

#[test]
fn another_key_is_an_error_until_it_is_accepted() {
    let place = started();
    let file = place.folder.path().join("secret.key");
    let other = "ab".repeat(32);
    is_refused(&place, &[("TRADEPOST_SECRET_KEY", &other)], "another secret key than the one in TRADEPOST_SECRET_KEY");
    std::fs::write(&file, &other).unwrap();
    is_refused(&place, &[], "another secret key than");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), other, "the file stays as it is");
    let (code, said, wrong) = place.run_with_input(&["keys", "accept"], "");
    assert_eq!((code, wrong.as_str()), (Some(0), ""));
    assert!(said.contains("log in again"), "{said}");
    stops(serve(&place));
    assert_eq!(place.run_with_input(&["audit"], "").0, Some(0));
}

#[test]
fn a_second_machine_needs_the_same_key() {
    let place = started();
    let Some(url) = place.url() else { return };
    let second = TempDir::new().unwrap();
    let output = run_with_input(command(second.path(), Some(url), &["serve"]), "");
    let wrong = stderr_of(&output);
    assert_eq!((output.status.code(), wrong.lines().count()), (Some(1), 1), "{wrong}");
    assert!(wrong.contains("secret.key is missing") && wrong.contains("the machine that made the database"), "{wrong}");
    assert!(!second.path().join("secret.key").exists());
    std::fs::copy(place.folder.path().join("secret.key"), second.path().join("secret.key")).unwrap();
    stops(Server::start(second.path(), Some(url), &[]));
}

#[test]
fn two_machines_that_start_at_once_end_with_one_key() {
    let place = Place::new();
    let Some(url) = place.url() else { return };
    assert_eq!(place.run_with_input(&["migrate"], "").0, Some(0));
    let folders: Vec<TempDir> = (0..4).map(|_| TempDir::new().unwrap()).collect();
    let tries: Vec<_> = folders
        .iter()
        .map(|folder| {
            let mut command = command(folder.path(), Some(url), &["account", "reset-link", "a@b.example"]);
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    let said: Vec<String> = tries.into_iter().map(|child| stderr_of(&child.wait_with_output().unwrap())).collect();
    let let_in = said.iter().filter(|wrong| wrong.contains("no account")).count();
    assert_eq!(let_in, 1, "{said:?}");
    let keys = folders.iter().filter(|folder| folder.path().join("secret.key").exists()).count();
    assert_eq!(keys, 1, "keys that belong to nothing do not stay: {said:?}");
}

/// Every file below a folder: its bytes, mode and time.
fn contents(folder: &Path) -> BTreeMap<String, (Vec<u8>, u32, SystemTime)> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let about = path.metadata().unwrap();
        if path.to_string_lossy().ends_with("-shm") {
            continue; // SQLite's notes for those who are at it, worth nothing afterwards
        }
        if about.is_dir() {
            found.insert(
                path.display().to_string(),
                (Vec::new(), about.permissions().mode(), about.modified().unwrap()),
            );
            found.extend(contents(&path));
        } else {
            let bytes = std::fs::read(&path).unwrap();
            found.insert(path.display().to_string(), (bytes, about.permissions().mode(), about.modified().unwrap()));
        }
    }
    found
}

const CHECKS: [&[&str]; 8] = [
    &["doctor"],
    &["audit"],
    &["audit", "--json"],
    &["routes"],
    &["routes", "--json"],
    &["migrate", "status"],
    &["help"],
    &["--version"],
];

#[test]
fn commands_that_check_make_nothing() {
    for database in [None, Some("other.db")] {
        let folder = TempDir::new().unwrap();
        let data = folder.path().join("new");
        for arguments in CHECKS {
            let mut command = command(folder.path(), None, arguments);
            command.env("TRADEPOST_DATA", &data);
            if let Some(file) = database {
                command.env("DATABASE_URL", format!("sqlite://{}", folder.path().join(file).display()));
            }
            let output = run_with_input(command, "");
            assert_eq!(contents(folder.path()), BTreeMap::new(), "{arguments:?} makes nothing");
            match arguments[0] {
                "audit" => {
                    assert_eq!(
                        (output.status.code(), stderr_of(&output).lines().count()),
                        (Some(1), 1),
                        "{}",
                        stderr_of(&output)
                    );
                    assert!(stderr_of(&output).contains("there is no database"), "{}", stderr_of(&output));
                }
                "doctor" => assert!(stdout_of(&output).contains("FAIL  data folder: "), "{}", stdout_of(&output)),
                _ => assert!(output.status.success(), "{arguments:?}: {}", stderr_of(&output)),
            }
        }
    }
}

#[test]
fn commands_that_check_change_nothing() {
    let place = started();
    let before = contents(place.folder.path());
    for arguments in CHECKS {
        let (code, said, wrong) = place.run_with_input(arguments, "");
        assert_eq!((code, wrong.as_str()), (Some(0), ""), "{arguments:?}: {said}");
        let after = contents(place.folder.path());
        assert!(before == after, "{arguments:?} changes something: {:?}", after.keys().collect::<Vec<_>>());
    }
}

#[test]
fn commands_that_check_leave_what_a_crash_has_left() {
    let place = Place { folder: TempDir::new().unwrap(), database: None };
    seed_stocked_shop(place.folder.path(), None);
    let mut server = serve(&place);
    let variant = "no such thing";
    send_request(server.address, "POST", "/cart/lines", "", &[("variant_id", variant), ("quantity", "1")]).unwrap();
    server.kill();
    let before = contents(place.folder.path());
    assert!(before.keys().any(|path| path.ends_with("-wal")), "the log is left: {:?}", before.keys());
    for arguments in CHECKS {
        assert_eq!(place.run_with_input(arguments, "").0, Some(0), "{arguments:?}");
        let after = contents(place.folder.path());
        assert!(before == after, "{arguments:?} changes something: {:?}", after.keys().collect::<Vec<_>>());
    }
    stops(serve(&place));
}

#[test]
fn an_audit_of_what_is_no_database_of_ours_says_so() {
    let place = Place { folder: TempDir::new().unwrap(), database: None };
    let file = place.folder.path().join("tradepost.db");
    std::fs::write(&file, "").unwrap();
    let (code, _, wrong) = place.run_with_input(&["audit"], "");
    assert_eq!((code, wrong.lines().count()), (Some(1), 1), "{wrong}");
    assert!(wrong.contains("tradepost migrate"), "{wrong}");
    assert_eq!(std::fs::metadata(&file).unwrap().len(), 0);
}

#[test]
fn what_the_program_makes_is_its_owners_only() {
    let place = Place::new();
    create(&place, "owner");
    let server = serve(&place);
    let open = |path: &Path| path.metadata().is_ok_and(|about| about.permissions().mode() & 0o077 != 0);
    for path in contents(place.folder.path()).keys() {
        assert!(!open(Path::new(path)), "{path}");
    }
    drop(server);
    // What another hand has opened is closed again.
    let key = place.folder.path().join("secret.key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let _running = serve(&place);
    assert!(!open(&key));
}

#[test]
fn settings_that_would_be_ignored_are_refused() {
    let place = Place::new();
    let secret = place.folder.path().join("secret");
    std::fs::write(&secret, "ab".repeat(32)).unwrap();
    let secret = secret.display().to_string();
    let media = format!("file://{}", place.folder.path().join("elsewhere").display());
    let cases: [(&[(&str, &str)], &str); 9] = [
        (&[("REDIS_URL", "redis://127.0.0.1")], "REDIS_URL is not supported yet"),
        (&[("TRADEPOST_MEDIA_URL", "s3://bucket/prefix")], "TRADEPOST_MEDIA_URL is not supported yet"),
        (&[("TRADEPOST_MEDIA_URL", &media)], "TRADEPOST_MEDIA_URL is not supported yet"),
        (&[("TRADEPOST_METRICS_BIND", "127.0.0.1:9090")], "TRADEPOST_METRICS_BIND is not supported yet"),
        (&[("STRIPE_WEBHOOK_SECRET", "whsec_1")], "STRIPE_SECRET_KEY is missing"),
        (&[("STRIPE_SECRET_KEY", "sk_live_1")], "STRIPE_WEBHOOK_SECRET is missing"),
        (&[("TRADEPOST_BASE_URL", "https://shop.example/shop")], "TRADEPOST_BASE_URL must be an origin"),
        (&[("TRADEPOST_LOG", "verbose")], "TRADEPOST_LOG=verbose"),
        (&[("TRADEPOST_SECRET_KEY", &"cd".repeat(32)), ("TRADEPOST_SECRET_KEY_FILE", &secret)], "are both set"),
    ];
    for (settings, words) in cases {
        for arguments in [&["serve"][..], &["migrate"]] {
            let (code, _, wrong) = place.run_with(settings, arguments);
            assert_eq!((code, wrong.lines().count()), (Some(1), 1), "{settings:?}: {wrong}");
            assert!(wrong.contains(words), "{settings:?}: {wrong}");
        }
        let (code, said, _) = place.run_with(settings, &["doctor"]);
        assert!(code == Some(1) && said.contains("FAIL  settings: ") && said.contains(words), "{said}");
    }
    let as_it_is = format!("file://{}", place.folder.path().join("media").display());
    let fine: [&[(&str, &str)]; 3] =
        [&[("TRADEPOST_MEDIA_URL", &as_it_is)], &[("REDIS_URL", "")], &[("SMTP_URL", ""), ("STRIPE_SECRET_KEY", "")]];
    for settings in fine {
        assert_eq!(place.run_with(settings, &["migrate"]).0, Some(0), "{settings:?}");
    }
    std::fs::write(place.folder.path().join("tradepost.toml"), "redis_url = \"redis://127.0.0.1\"\n").unwrap();
    let (_, _, wrong) = place.run_with_input(&["migrate"], "");
    assert!(wrong.contains("`redis_url` is not supported yet"), "{wrong}");
}

#[test]
fn each_secret_can_come_from_a_file() {
    let place = Place { folder: TempDir::new().unwrap(), database: None };
    let file = place.folder.path().join("secret");
    let path = file.display().to_string();
    for (name, value, words) in [
        ("DATABASE_URL_FILE", "mysql://x", "DATABASE_URL must begin"),
        ("TRADEPOST_SECRET_KEY_FILE", "short", "TRADEPOST_SECRET_KEY must be"),
        ("SMTP_URL_FILE", "::", "SMTP_URL"),
        ("STRIPE_SECRET_KEY_FILE", "sk_live_1", "STRIPE_WEBHOOK_SECRET is missing"),
        ("STRIPE_WEBHOOK_SECRET_FILE", "whsec_1", "STRIPE_SECRET_KEY is missing"),
        ("STRIPE_SECRET_KEY_FILE", " \n", "STRIPE_SECRET_KEY_FILE: "),
    ] {
        std::fs::write(&file, format!("{value}\n")).unwrap();
        let (code, _, wrong) = place.run_with(&[(name, &path)], &["serve"]);
        assert_eq!((code, wrong.lines().count()), (Some(1), 1), "{name}: {wrong}");
        assert!(wrong.contains(words), "{name}: {wrong}");
    }
    let (code, _, wrong) = place.run_with(&[("SMTP_URL_FILE", "/nowhere/at/all")], &["migrate"]);
    assert!(code == Some(1) && wrong.contains("SMTP_URL_FILE: cannot read"), "{wrong}");
}

#[test]
fn secrets_on_the_command_line_are_warned_of_and_not_offered() {
    let place = Place::new();
    let key = "ab".repeat(32);
    let (code, _, wrong) = place.run_with_input(&["migrate", "--secret-key", &key], "");
    assert_eq!((code, wrong.lines().count()), (Some(0), 1), "{wrong}");
    assert!(wrong.contains("--secret-key") && wrong.contains("TRADEPOST_SECRET_KEY_FILE"), "{wrong}");
    assert!(!wrong.contains(&key));
    let (_, help, _) = place.run_with_input(&["--help"], "");
    assert!(
        help.contains("--base-url") && !help.contains("--secret-key") && !help.contains("--stripe-webhook"),
        "{help}"
    );
}

#[test]
fn a_settings_file_with_a_secret_is_its_owners_only() {
    let place = Place::new();
    let file = place.folder.path().join("tradepost.toml");
    std::fs::write(&file, format!("secret_key = \"{}\"\n", "ab".repeat(32))).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let (code, _, wrong) = place.run_with_input(&["migrate"], "");
    assert_eq!((code, wrong.lines().count()), (Some(1), 1), "{wrong}");
    assert!(wrong.contains("chmod 600 tradepost.toml"), "{wrong}");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(place.run_with_input(&["migrate"], "").0, Some(0));
}

#[test]
fn the_sample_shops_test_card_goes_once_there_is_stripe() {
    let place = started();
    std::fs::write(place.folder.path().join("sample"), "").unwrap();
    create(&place, "owner");
    let stripe = [
        ("STRIPE_SECRET_KEY", "sk_live_1"),
        ("STRIPE_WEBHOOK_SECRET", "whsec_1"),
        ("STRIPE_API_BASE", "http://127.0.0.1:1"),
    ];
    let start = |settings: &[(&str, &str)]| {
        let mut command = command(place.folder.path(), place.url(), &["serve"]);
        Server::spawn(command.envs(settings.iter().copied())).expect("it ended before it listened")
    };
    let warnings = |server: &Server, path: &str| {
        let cookie = log_in(server, "owner@kestrel.example");
        send_request(server.address, "GET", path, &cookie, &[])
            .unwrap()
            .attributes(".standing[role=alert]", "class")
            .len()
    };
    let server = start(&[]);
    server.wait_for_output("Test payments are on: ");
    assert_eq!(warnings(&server, "/admin"), 0, "to try the shop on this machine is what they are for");
    drop(server);
    let server = start(&stripe);
    server.wait_for_output("Test payments are off: ");
    assert_eq!(warnings(&server, "/admin"), 0);
    drop(server);
    let server = start(&[&stripe[..], &[("TRADEPOST_TEST_PAYMENTS", "on")]].concat());
    server.wait_for_output("WARNING: Test payments are on alongside Stripe");
    for path in ["/admin", "/admin/orders", "/admin/settings", "/admin/products/new"] {
        assert_eq!(warnings(&server, path), 1, "{path}");
    }
}
