//! The first start from the command line, the site's secret key, and the settings.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant, SystemTime};

use diesel::prelude::*;
use tempfile::TempDir;
use tradepost::db::Conn;
use tradepost::schema::jobs;

use crate::cli::Installation;
use crate::support::program::{
    Response, Server, command, run_with_input, seed_stocked_shop, send_raw, send_request, stderr_of, stdout_of,
};

const PASSWORD: &str = "violet kettle seven harbour";

fn create(installation: &Installation, role: &str) -> (Option<i32>, String, String) {
    let email = format!("{role}@kestrel.example");
    installation.run_with_input(
        &["account", "create", "--email", &email, "--name", "Ann", "--role", role, "--password-stdin"],
        PASSWORD,
    )
}

fn serve(installation: &Installation) -> Server {
    Server::start(installation.folder.path(), installation.url(), &[])
}

fn get(server: &Server, path: &str) -> Response {
    send_request(server.address, "GET", path, "", &[]).unwrap()
}

/// Asserts that it serves, and stops it.
fn assert_serves(mut server: Server) {
    assert_eq!(get(&server, "/healthz").status, 200);
    assert!(server.stop());
}

/// Logs in; the cookie.
fn log_in(server: &Server, email: &str) -> String {
    let form = [("email", email), ("password", PASSWORD)];
    let response = send_request(server.address, "POST", "/login", "", &form).unwrap();
    assert_eq!(response.status, 303, "{}", response.text());
    response.cookie().unwrap()
}

/// Jobs that wait for a worker.
fn count_waiting_jobs(installation: &Installation) -> i64 {
    let file = format!("sqlite://{}", installation.folder.path().join("tradepost.db").display());
    let mut conn = Conn::open(installation.url().unwrap_or(&file), false).unwrap();
    jobs::table.filter(jobs::attempts.eq(0)).count().get_result(&mut conn).unwrap()
}

#[test]
fn no_worker_serves_and_leaves_the_jobs_to_another_process() {
    let installation = Installation::new();
    assert_eq!(create(&installation, "owner").0, Some(0));
    let mut server = Server::start(installation.folder.path(), installation.url(), &["serve", "--no-worker"]);
    let form = [("email", "owner@kestrel.example")];
    assert_eq!(send_request(server.address, "POST", "/password/forgot", "", &form).unwrap().status, 303);
    // Longer than a worker waits between two looks at its queue.
    std::thread::sleep(Duration::from_secs(2));
    let waiting = count_waiting_jobs(&installation);
    assert!(waiting > 0);
    assert_eq!(get(&server, "/healthz").status, 200);
    assert!(server.stop());
    assert_eq!(count_waiting_jobs(&installation), waiting);
    let mut server = serve(&installation);
    let deadline = Instant::now() + Duration::from_secs(20);
    while count_waiting_jobs(&installation) > 0 {
        assert!(Instant::now() < deadline, "the jobs were not run");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(server.stop());
}

#[test]
fn a_start_without_a_browser_opens_the_site() {
    let installation = Installation::new();
    let (code, _, stderr) = create(&installation, "owner");
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    let server = serve(&installation);
    for path in ["/", "/shop", "/blog", "/cart", "/search?q=mug"] {
        assert_eq!(get(&server, path).status, 200, "{path}");
    }
    assert_eq!(get(&server, "/setup").status, 404);
    let cookie = log_in(&server, "owner@kestrel.example");
    for path in ["/admin", "/admin/settings", "/admin/products/new", "/admin/taxes", "/admin/shipping"] {
        assert_eq!(send_request(server.address, "GET", path, &cookie, &[]).unwrap().status, 200, "{path}");
    }
    let page = send_request(server.address, "GET", "/admin/shipping", &cookie, &[]).unwrap().text();
    assert!(page.contains("Standard parcel"), "an order can be shipped");
    let settings = send_request(server.address, "GET", "/admin/settings", &cookie, &[]).unwrap();
    let zone = settings.attributes("[name=time_zone] [selected], input[name=time_zone]", "value");
    assert_eq!(zone, ["Europe/Berlin"], "as from the setup page");
}

#[test]
fn no_sequence_of_commands_locks_the_owner_out() {
    let orders: [&[&str]; 6] = [
        &["editor"],
        &["owner", "editor", "owner"],
        &["editor", "owner"],
        &["migrate", "admin", "owner"],
        &["keys accept", "owner"],
        &["demo", "owner", "demo"],
    ];
    for steps in orders {
        let installation = Installation::new();
        for step in steps {
            match *step {
                "migrate" | "demo" => drop(installation.run_with_input(&[step], "")),
                "keys accept" => drop(installation.run_with_input(&["keys", "accept"], "")),
                role => drop(create(&installation, role)),
            }
        }
        let server = serve(&installation);
        let home = get(&server, "/");
        if steps.contains(&"owner") {
            assert_eq!((home.status, get(&server, "/setup").status), (200, 404), "{steps:?}");
            let cookie = log_in(&server, "owner@kestrel.example");
            assert_eq!(send_request(server.address, "GET", "/admin", &cookie, &[]).unwrap().status, 200, "{steps:?}");
        } else {
            assert_eq!((home.status, home.header("location")), (303, Some("/setup")), "{steps:?}");
            let address = server.wait_for_output("Finish the setup: ");
            let path = address.split_once("/setup").unwrap().1;
            assert_eq!(get(&server, &format!("/setup{path}")).status, 200, "{steps:?}");
        }
    }
}

#[test]
fn the_printed_setup_key_works_once_from_another_machine() {
    let installation = Installation::new();
    let server = serve(&installation);
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
fn a_proxy_without_headers_is_recognised_by_http_1_0() {
    let installation = Installation::new();
    let server = serve(&installation);
    let asked = |version: &str| {
        send_raw(server.address, &format!("GET /setup {version}\r\nhost: {}\r\n", server.address), "").unwrap().status
    };
    assert_eq!((asked("HTTP/1.1"), asked("HTTP/1.0")), (200, 403));
}

#[test]
fn with_a_public_origin_local_requests_need_the_setup_key_too() {
    let installation = Installation::new();
    let mut command = command(installation.folder.path(), installation.url(), &["serve"]);
    command.env("TRADEPOST_BASE_URL", "https://shop.example").env("TRADEPOST_BIND", "127.0.0.1:0");
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap()));
    let invited = lines.map_while(Result::ok).find(|line| line.contains("Finish the setup: "));
    assert!(invited.unwrap().contains("https://shop.example/setup?key="));
    child.kill().unwrap();
    child.wait().unwrap();
}

/// A site that has been started once.
fn started() -> Installation {
    let installation = Installation::new();
    seed_stocked_shop(installation.folder.path(), installation.url());
    assert_serves(serve(&installation));
    installation
}

/// Asserts that commands which need the key fail in one line, and the checks report it.
fn assert_key_error(installation: &Installation, settings: &[(&str, &str)], text: &str) {
    for arguments in [&["serve"][..], &["account", "reset-link", "a@b.example"]] {
        let (code, _, stderr) = installation.run_with(settings, arguments);
        assert_eq!((code, stderr.lines().count()), (Some(1), 1), "{arguments:?}: {stderr}");
        assert!(stderr.contains(text) && stderr.contains("tradepost keys accept"), "{arguments:?}: {stderr}");
    }
    let (code, stdout, _) = installation.run_with(settings, &["doctor"]);
    assert!(code == Some(1) && stdout.contains("FAIL  key: ") && stdout.contains(text), "{stdout}");
    let (code, stdout, _) = installation.run_with(settings, &["audit", "--json"]);
    let report: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert!(code == Some(1) && report["violations"][0].as_str().unwrap().contains(text), "{stdout}");
}

#[test]
fn a_lost_key_is_an_error_and_never_a_new_key() {
    let installation = started();
    let file = installation.folder.path().join("secret.key");
    let key = std::fs::read(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    assert_key_error(&installation, &[], "secret.key is missing");
    assert!(!file.exists(), "nothing made another one");
    std::fs::write(&file, key).unwrap();
    assert_serves(serve(&installation));
}

#[test]
fn a_different_key_is_an_error_until_it_is_accepted() {
    let installation = started();
    let file = installation.folder.path().join("secret.key");
    let other = "ab".repeat(32);
    assert_key_error(
        &installation,
        &[("TRADEPOST_SECRET_KEY", &other)],
        "another secret key than the one in TRADEPOST_SECRET_KEY",
    );
    std::fs::write(&file, &other).unwrap();
    assert_key_error(&installation, &[], "another secret key than");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), other, "the file stays as it is");
    let (code, stdout, stderr) = installation.run_with_input(&["keys", "accept"], "");
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    assert!(stdout.contains("log in again"), "{stdout}");
    assert_serves(serve(&installation));
    assert_eq!(installation.run_with_input(&["audit"], "").0, Some(0));
}

/// R67. The setting of a process that knows the new key and the one before.
fn rotating_text(new: &str, old: &str) -> String {
    format!("{new} previous:{old} tokens:{old}")
}

#[test]
fn a_rotated_key_ends_no_session_and_voids_the_old_key() {
    let installation = Installation::new();
    create(&installation, "owner");
    let file = installation.folder.path().join("secret.key");
    let old = std::fs::read_to_string(&file).unwrap();
    let mut server = serve(&installation);
    let cookie = log_in(&server, "owner@kestrel.example");
    assert!(server.stop());

    let (code, stdout, stderr) = installation.run_with_input(&["keys", "rotate"], "");
    assert_eq!((code, stderr.as_str()), (Some(0), ""), "{stdout}");
    let rotated = std::fs::read_to_string(&file).unwrap();
    assert!(!rotated.starts_with(&old) && rotated.ends_with(&format!(" tokens:{old}")), "the old one only for tokens");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let mut server = serve(&installation);
    assert_eq!(send_request(server.address, "GET", "/admin", &cookie, &[]).unwrap().status, 200);
    assert!(server.stop());
    assert_eq!(installation.run_with_input(&["audit"], "").0, Some(0));
    let (code, stdout, _) = installation.run_with_input(&["doctor"], "");
    assert!(code == Some(0) && stdout.contains("ok    key: ") && stdout.contains("ok    secrets: "), "{stdout}");

    assert_eq!(installation.run_with_input(&["keys", "rotate"], "").0, Some(0), "as often as one likes");
    let again = std::fs::read_to_string(&file).unwrap();
    assert!(again[..64] != rotated[..64] && again.ends_with(&format!(" tokens:{old}")));
    for stale in [&old, &rotated] {
        std::fs::write(&file, stale).unwrap();
        assert_key_error(&installation, &[], "another secret key than");
    }
}

#[test]
fn a_rotation_that_was_cut_off_is_completed() {
    let installation = started();
    let file = installation.folder.path().join("secret.key");
    let (old, new) = (std::fs::read_to_string(&file).unwrap(), "cd".repeat(32));
    std::fs::write(&file, rotating_text(&new, &old)).unwrap();
    assert_serves(serve(&installation));
    let (code, stdout, _) = installation.run_with_input(&["doctor"], "");
    let note = stdout.lines().find(|line| line.starts_with("note  key: ")).unwrap_or_default();
    assert!(code == Some(0) && note.contains("Run `tradepost keys rotate`"), "{stdout}");
    assert_eq!(installation.run_with_input(&["keys", "rotate"], "").0, Some(0));
    assert_eq!(
        std::fs::read_to_string(&file).unwrap(),
        format!("{new} tokens:{old}"),
        "with the key that it began with"
    );
    assert_serves(serve(&installation));
}

#[test]
fn a_key_from_outside_is_rotated_with_a_new_one_from_outside() {
    let installation = started();
    let file = installation.folder.path().join("secret.key");
    let (old, new) = (std::fs::read_to_string(&file).unwrap(), "cd".repeat(32));
    std::fs::remove_file(&file).unwrap();
    let rotate = |key: &str| installation.run_with(&[("TRADEPOST_SECRET_KEY", key)], &["keys", "rotate"]);
    let (code, _, stderr) = rotate(&old);
    assert_eq!((code, stderr.lines().count()), (Some(1), 1), "{stderr}");
    assert!(stderr.contains("NEW previous:OLD tokens:OLD") && !stderr.contains(&old), "{stderr}");
    let (code, stdout, _) = rotate(&rotating_text(&new, &old));
    assert!(code == Some(0) && stdout.contains("Remove `previous:…`"), "{stdout}");
    assert!(!file.exists(), "no key is written where none was");
    assert_key_error(&installation, &[("TRADEPOST_SECRET_KEY", &old)], "another secret key than");
    let doctor = installation.run_with(&[("TRADEPOST_SECRET_KEY", &format!("{new} tokens:{old}"))], &["doctor"]);
    assert_eq!(doctor.0, Some(0), "{}", doctor.1);
}

#[test]
fn a_second_machine_needs_the_same_key() {
    let installation = started();
    let Some(url) = installation.url() else { return };
    let second = TempDir::new().unwrap();
    let output = run_with_input(command(second.path(), Some(url), &["serve"]), "");
    let stderr = stderr_of(&output);
    assert_eq!((output.status.code(), stderr.lines().count()), (Some(1), 1), "{stderr}");
    assert!(
        stderr.contains("secret.key is missing") && stderr.contains("the machine that made the database"),
        "{stderr}"
    );
    assert!(!second.path().join("secret.key").exists());
    std::fs::copy(installation.folder.path().join("secret.key"), second.path().join("secret.key")).unwrap();
    assert_serves(Server::start(second.path(), Some(url), &[]));
}

#[test]
fn two_simultaneous_first_starts_agree_on_one_key() {
    let installation = Installation::new();
    let Some(url) = installation.url() else { return };
    assert_eq!(installation.run_with_input(&["migrate"], "").0, Some(0));
    let folders: Vec<TempDir> = (0..4).map(|_| TempDir::new().unwrap()).collect();
    let tries: Vec<_> = folders
        .iter()
        .map(|folder| {
            let mut command = command(folder.path(), Some(url), &["account", "reset-link", "a@b.example"]);
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    let stdout: Vec<String> = tries.into_iter().map(|child| stderr_of(&child.wait_with_output().unwrap())).collect();
    let let_in = stdout.iter().filter(|stderr| stderr.contains("no account")).count();
    assert_eq!(let_in, 1, "{stdout:?}");
    let keys = folders.iter().filter(|folder| folder.path().join("secret.key").exists()).count();
    assert_eq!(keys, 1, "keys that belong to nothing do not stay: {stdout:?}");
}

/// Every file below a folder: its bytes, mode and time.
fn contents(folder: &Path) -> BTreeMap<String, (Vec<u8>, u32, SystemTime)> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let about = path.metadata().unwrap();
        if path.to_string_lossy().ends_with("-shm") {
            continue; // SQLite's shared memory, worthless afterwards
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
fn checking_commands_create_no_files() {
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
fn checking_commands_change_no_files() {
    let installation = started();
    let before = contents(installation.folder.path());
    for arguments in CHECKS {
        let (code, stdout, stderr) = installation.run_with_input(arguments, "");
        assert_eq!((code, stderr.as_str()), (Some(0), ""), "{arguments:?}: {stdout}");
        let after = contents(installation.folder.path());
        assert!(before == after, "{arguments:?} changes something: {:?}", after.keys().collect::<Vec<_>>());
    }
}

#[test]
fn checking_commands_keep_the_files_of_a_crash() {
    let installation = Installation { folder: TempDir::new().unwrap(), database: None };
    seed_stocked_shop(installation.folder.path(), None);
    let mut server = serve(&installation);
    let variant = "no such thing";
    send_request(server.address, "POST", "/cart/lines", "", &[("variant_id", variant), ("quantity", "1")]).unwrap();
    server.kill();
    let before = contents(installation.folder.path());
    assert!(before.keys().any(|path| path.ends_with("-wal")), "the log is left: {:?}", before.keys());
    for arguments in CHECKS {
        assert_eq!(installation.run_with_input(arguments, "").0, Some(0), "{arguments:?}");
        let after = contents(installation.folder.path());
        assert!(before == after, "{arguments:?} changes something: {:?}", after.keys().collect::<Vec<_>>());
    }
    assert_serves(serve(&installation));
}

#[test]
fn an_audit_of_a_foreign_database_is_refused() {
    let installation = Installation { folder: TempDir::new().unwrap(), database: None };
    let file = installation.folder.path().join("tradepost.db");
    std::fs::write(&file, "").unwrap();
    let (code, _, stderr) = installation.run_with_input(&["audit"], "");
    assert_eq!((code, stderr.lines().count()), (Some(1), 1), "{stderr}");
    assert!(stderr.contains("tradepost migrate"), "{stderr}");
    assert_eq!(std::fs::metadata(&file).unwrap().len(), 0);
}

#[test]
fn created_files_are_readable_by_their_owner_only() {
    let installation = Installation::new();
    create(&installation, "owner");
    let server = serve(&installation);
    let open = |path: &Path| path.metadata().is_ok_and(|about| about.permissions().mode() & 0o077 != 0);
    for path in contents(installation.folder.path()).keys() {
        assert!(!open(Path::new(path)), "{path}");
    }
    drop(server);
    // Permissions changed by others are restored.
    let key = installation.folder.path().join("secret.key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let _running = serve(&installation);
    assert!(!open(&key));
}

#[test]
fn settings_without_effect_are_refused() {
    let installation = Installation::new();
    let secret = installation.folder.path().join("secret");
    std::fs::write(&secret, "ab".repeat(32)).unwrap();
    let secret = secret.display().to_string();
    let media = format!("file://{}", installation.folder.path().join("elsewhere").display());
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
    for (settings, text) in cases {
        for arguments in [&["serve"][..], &["migrate"]] {
            let (code, _, stderr) = installation.run_with(settings, arguments);
            assert_eq!((code, stderr.lines().count()), (Some(1), 1), "{settings:?}: {stderr}");
            assert!(stderr.contains(text), "{settings:?}: {stderr}");
        }
        let (code, stdout, _) = installation.run_with(settings, &["doctor"]);
        assert!(code == Some(1) && stdout.contains("FAIL  settings: ") && stdout.contains(text), "{stdout}");
    }
    let as_it_is = format!("file://{}", installation.folder.path().join("media").display());
    let fine: [&[(&str, &str)]; 3] =
        [&[("TRADEPOST_MEDIA_URL", &as_it_is)], &[("REDIS_URL", "")], &[("SMTP_URL", ""), ("STRIPE_SECRET_KEY", "")]];
    for settings in fine {
        assert_eq!(installation.run_with(settings, &["migrate"]).0, Some(0), "{settings:?}");
    }
    std::fs::write(installation.folder.path().join("tradepost.toml"), "redis_url = \"redis://127.0.0.1\"\n").unwrap();
    let (_, _, stderr) = installation.run_with_input(&["migrate"], "");
    assert!(stderr.contains("`redis_url` is not supported yet"), "{stderr}");
}

#[test]
fn each_secret_can_be_read_from_a_file() {
    let installation = Installation { folder: TempDir::new().unwrap(), database: None };
    let file = installation.folder.path().join("secret");
    let path = file.display().to_string();
    for (name, value, stdout) in [
        ("DATABASE_URL_FILE", "mysql://x", "DATABASE_URL must begin"),
        ("TRADEPOST_SECRET_KEY_FILE", "short", "TRADEPOST_SECRET_KEY must be"),
        ("SMTP_URL_FILE", "::", "SMTP_URL"),
        ("STRIPE_SECRET_KEY_FILE", "sk_live_1", "STRIPE_WEBHOOK_SECRET is missing"),
        ("STRIPE_WEBHOOK_SECRET_FILE", "whsec_1", "STRIPE_SECRET_KEY is missing"),
        ("STRIPE_SECRET_KEY_FILE", " \n", "STRIPE_SECRET_KEY_FILE: "),
    ] {
        std::fs::write(&file, format!("{value}\n")).unwrap();
        let (code, _, stderr) = installation.run_with(&[(name, &path)], &["serve"]);
        assert_eq!((code, stderr.lines().count()), (Some(1), 1), "{name}: {stderr}");
        assert!(stderr.contains(stdout), "{name}: {stderr}");
    }
    let (code, _, stderr) = installation.run_with(&[("SMTP_URL_FILE", "/nowhere/at/all")], &["migrate"]);
    assert!(code == Some(1) && stderr.contains("SMTP_URL_FILE: cannot read"), "{stderr}");
}

#[test]
fn secrets_on_the_command_line_give_a_warning() {
    let installation = Installation::new();
    let key = "ab".repeat(32);
    let (code, _, stderr) = installation.run_with_input(&["migrate", "--secret-key", &key], "");
    assert_eq!((code, stderr.lines().count()), (Some(0), 1), "{stderr}");
    assert!(stderr.contains("--secret-key") && stderr.contains("TRADEPOST_SECRET_KEY_FILE"), "{stderr}");
    assert!(!stderr.contains(&key));
    let (_, help, _) = installation.run_with_input(&["--help"], "");
    assert!(
        help.contains("--base-url") && !help.contains("--secret-key") && !help.contains("--stripe-webhook"),
        "{help}"
    );
}

#[test]
fn a_settings_file_with_a_secret_must_be_private() {
    let installation = Installation::new();
    let file = installation.folder.path().join("tradepost.toml");
    std::fs::write(&file, format!("secret_key = \"{}\"\n", "ab".repeat(32))).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let (code, _, stderr) = installation.run_with_input(&["migrate"], "");
    assert_eq!((code, stderr.lines().count()), (Some(1), 1), "{stderr}");
    assert!(stderr.contains("chmod 600 tradepost.toml"), "{stderr}");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(installation.run_with_input(&["migrate"], "").0, Some(0));
}

#[test]
fn stripe_replaces_the_test_card_of_the_sample_shop() {
    let installation = started();
    std::fs::write(installation.folder.path().join("sample"), "").unwrap();
    create(&installation, "owner");
    let stripe = [
        ("STRIPE_SECRET_KEY", "sk_live_1"),
        ("STRIPE_WEBHOOK_SECRET", "whsec_1"),
        ("STRIPE_API_BASE", "http://127.0.0.1:1"),
    ];
    let start = |settings: &[(&str, &str)]| {
        let mut command = command(installation.folder.path(), installation.url(), &["serve"]);
        Server::spawn(command.envs(settings.iter().copied())).expect("it ended before it listened")
    };
    let warnings = |server: &Server, path: &str| {
        let cookie = log_in(server, "owner@kestrel.example");
        send_request(server.address, "GET", path, &cookie, &[])
            .unwrap()
            .attributes(".persistent[role=alert]", "class")
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
