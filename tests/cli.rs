//! The commands, run as somebody at the machine would run them.

use std::os::unix::fs::PermissionsExt;

use diesel::connection::SimpleConnection;
use tempfile::TempDir;

use crate::support::database::{TestDatabase, postgres_url};
use crate::support::program::{Server, command, run_with_input, seed_stocked_shop, send_request, stderr_of, stdout_of};

/// A data folder, and on PostgreSQL a database.
pub struct Place {
    pub folder: TempDir,
    pub database: Option<TestDatabase>,
}

impl Place {
    pub fn new() -> Place {
        Place { folder: TempDir::new().unwrap(), database: postgres_url().map(|_| TestDatabase::new()) }
    }

    pub fn url(&self) -> Option<&str> {
        self.database.as_ref().map(|database| database.url.as_str())
    }

    pub fn run_with_input(&self, arguments: &[&str], input: &str) -> (Option<i32>, String, String) {
        let output = run_with_input(command(self.folder.path(), self.url(), arguments), input);
        (output.status.code(), stdout_of(&output), stderr_of(&output))
    }

    /// As [`Place::run`], with settings in the environment.
    pub fn run_with(&self, settings: &[(&str, &str)], arguments: &[&str]) -> (Option<i32>, String, String) {
        let mut command = command(self.folder.path(), self.url(), arguments);
        command.envs(settings.iter().copied());
        let output = run_with_input(command, "");
        (output.status.code(), stdout_of(&output), stderr_of(&output))
    }

    pub fn sql(&self, sql: &str) {
        let file = format!("sqlite://{}", self.folder.path().join("tradepost.db").display());
        let mut conn = tradepost::db::Conn::open(self.url().unwrap_or(&file), false).unwrap();
        conn.batch_execute(sql).unwrap();
    }
}

#[test]
fn routes_prints_the_table_without_a_database() {
    let folder = TempDir::new().unwrap();
    let output = run_with_input(command(folder.path(), Some("postgres://nobody@127.0.0.1:1/none"), &["routes"]), "");
    assert!(output.status.success());
    assert!(stdout_of(&output).lines().any(|line| line.starts_with("POST /checkout ")), "{}", stdout_of(&output));
    let output = run_with_input(command(folder.path(), None, &["routes", "--json"]), "");
    let table: serde_json::Value = serde_json::from_str(&stdout_of(&output)).unwrap();
    assert_eq!(table.as_array().unwrap().len(), tradepost::routes::table().len());
}

#[test]
fn migrate_brings_up_to_date_and_says_so() {
    let place = Place::new();
    if place.database.is_none() {
        let (code, words, _) = place.run_with_input(&["migrate", "status"], "");
        assert_eq!(code, Some(0));
        assert!(words.lines().count() > 0 && words.lines().all(|line| line.starts_with("pending  ")), "{words}");
    }
    assert_eq!(place.run_with_input(&["migrate"], "").0, Some(0));
    let (code, words, _) = place.run_with_input(&["migrate", "status"], "");
    assert_eq!(code, Some(0));
    assert!(words.lines().count() > 0 && words.lines().all(|line| line.starts_with("applied  ")), "{words}");
    assert_eq!(place.run_with_input(&["migrate"], "").0, Some(0), "a second time changes nothing");
}

#[test]
fn an_account_is_made_from_the_command_line() {
    let place = Place::new();
    let create = |role: &str, password: &str| {
        let email = format!("{role}@kestrel.example");
        place.run_with_input(
            &["account", "create", "--email", &email, "--name", "Ann", "--role", role, "--password-stdin"],
            password,
        )
    };
    let (code, words, wrong) = create("owner", "violet kettle seven harbour\n");
    assert_eq!((code, wrong.as_str()), (Some(0), ""));
    assert!(words.contains("can log in"), "{words}");
    let (code, _, wrong) = create("owner", "violet kettle seven harbour\n");
    assert_eq!((code, wrong.lines().count()), (Some(1), 1), "{wrong}");
    let (code, _, wrong) = create("editor", "password1234\n");
    assert_eq!((code, wrong.lines().count()), (Some(1), 1));
    assert!(wrong.contains("too weak"), "{wrong}");
    let (code, _, wrong) = create("king", "violet kettle seven harbour\n");
    assert!(code == Some(1) && wrong.contains("there is no role king"), "{wrong}");
    let (code, words, _) = place.run_with_input(&["account", "reset-link", "owner@kestrel.example"], "");
    assert!(code == Some(0) && words.contains("/password/reset?token="), "{words}");
}

#[test]
fn the_audit_says_what_is_broken() {
    let place = Place::new();
    seed_stocked_shop(place.folder.path(), place.url());
    let (code, words, _) = place.run_with_input(&["audit", "--json"], "");
    let report: serde_json::Value = serde_json::from_str(&words).unwrap();
    assert_eq!((code, report["violations"].as_array().unwrap().len()), (Some(0), 0), "{words}");
    assert!(report["checked"]["stock levels"].as_u64().unwrap() > 0);
    place.sql("UPDATE stock_levels SET on_hand = on_hand + 1 WHERE id = (SELECT min(id) FROM stock_levels)");
    let (code, words, _) = place.run_with_input(&["audit", "--json"], "");
    let report: serde_json::Value = serde_json::from_str(&words).unwrap();
    assert_eq!((code, report["violations"].as_array().unwrap().len()), (Some(1), 1), "{words}");
    let (code, _, wrong) = place.run_with_input(&["demo"], "");
    assert_eq!((code, wrong.lines().count()), (Some(1), 1), "a shop with something in it stays as it is: {wrong}");
}

#[test]
fn a_database_that_cannot_be_reached_is_one_line() {
    let folder = TempDir::new().unwrap();
    for arguments in [&["serve"][..], &["migrate"], &["audit"], &["migrate", "status"]] {
        let output =
            run_with_input(command(folder.path(), Some("postgres://shop:hunter2@127.0.0.1:1/none"), arguments), "");
        let wrong = stderr_of(&output);
        assert_eq!((output.status.code(), wrong.lines().count()), (Some(1), 1), "{arguments:?}: {wrong}");
        assert!(wrong.contains("DATABASE_URL") && !wrong.contains("hunter2"), "{wrong}");
    }
}

#[test]
fn a_newer_database_is_left_alone() {
    let place = Place::new();
    assert_eq!(place.run_with_input(&["migrate"], "").0, Some(0));
    place.sql("INSERT INTO __diesel_schema_migrations (version) VALUES ('29991231235959')");
    for arguments in [&["migrate"][..], &["migrate", "status"], &["serve"], &["account", "reset-link", "a@b.example"]] {
        let (code, _, wrong) = place.run_with_input(arguments, "");
        assert_eq!((code, wrong.lines().count()), (Some(1), 1), "{arguments:?}: {wrong}");
        assert!(wrong.contains("newer Tradepost"), "{wrong}");
    }
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("tradepost.db"), "These are my notes, please keep them. ".repeat(40)).unwrap();
    let output = run_with_input(command(folder.path(), None, &["serve"]), "");
    assert_eq!((output.status.code(), stderr_of(&output).lines().count()), (Some(1), 1), "{}", stderr_of(&output));
    assert!(std::fs::read_to_string(folder.path().join("tradepost.db")).unwrap().starts_with("These are my notes"));
}

#[test]
fn a_database_that_may_not_be_written_is_refused() {
    let place = Place { folder: TempDir::new().unwrap(), database: None };
    assert_eq!(place.run_with_input(&["migrate"], "").0, Some(0));
    let file = place.folder.path().join("tradepost.db");
    // Root may write anything, so the database itself says no.
    let url = format!("sqlite://file:{}?mode=ro", file.display());
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o400)).unwrap();
    let output = run_with_input(command(place.folder.path(), Some(&url), &["serve"]), "");
    assert_eq!((output.status.code(), stderr_of(&output).lines().count()), (Some(1), 1), "{}", stderr_of(&output));
}

#[test]
fn settings_that_make_no_sense_are_one_line() {
    let folder = TempDir::new().unwrap();
    for (name, value) in [
        ("TRADEPOST_BIND", "nowhere"),
        ("TRADEPOST_BASE_URL", "shop"),
        ("TRADEPOST_SECRET_KEY", "short"),
        ("TRADEPOST_TRUSTED_PROXIES", "10.0.0.0/99"),
        ("TRADEPOST_TEST_PAYMENTS", "perhaps"),
        ("DATABASE_URL", "mysql://x"),
        ("SMTP_URL", "::"),
    ] {
        let mut command = command(folder.path(), None, &["serve"]);
        let output = run_with_input(
            {
                command.env(name, value);
                command
            },
            "",
        );
        let wrong = stderr_of(&output);
        assert_eq!((output.status.code(), wrong.lines().count()), (Some(1), 1), "{name}={value}: {wrong}");
        assert!(wrong.contains(name), "{name}: {wrong}");
    }
}

#[test]
fn an_unknown_setting_in_the_file_is_refused_with_the_nearest_known_one() {
    let folder = TempDir::new().unwrap();
    let serve = |file: &str| {
        std::fs::write(folder.path().join("tradepost.toml"), file).unwrap();
        let output = run_with_input(command(folder.path(), None, &["migrate"]), "");
        (output.status.code(), stderr_of(&output))
    };
    for (key, meant) in
        [("bindd", "bind"), ("Bind", "bind"), ("databse_url", "database_url"), ("test-payments", "test_payments")]
    {
        let (code, wrong) = serve(&format!("log = \"warn\"\n{key} = \"x\"\n"));
        let said = format!("tradepost: tradepost.toml: unknown setting `{key}`; did you mean `{meant}`?\n");
        assert_eq!((code, wrong), (Some(1), said));
    }
    let (code, wrong) = serve("bind = 8080\n");
    assert_eq!((code, wrong.lines().count()), (Some(1), 1), "{wrong}");
    assert_eq!(serve("bind = \"127.0.0.1:0\"\ntest_payments = \"off\"\n"), (Some(0), String::new()));
}

#[test]
fn the_server_says_where_it_is_and_answers_head_like_get() {
    let place = Place::new();
    seed_stocked_shop(place.folder.path(), place.url());
    let running = Server::start(place.folder.path(), place.url(), &[]);
    assert!(running.startup_output[0].contains(" is at http://127.0.0.1:"), "{:?}", running.startup_output);
    assert_eq!(send_request(running.address, "GET", "/readyz", "", &[]).unwrap().status, 200);
    for path in ["/", "/shop", "/blog", "/cart", "/robots.txt", "/nothing-here", "/blog/feed.atom", "/healthz"] {
        let (get, head) = (
            send_request(running.address, "GET", path, "", &[]).unwrap(),
            send_request(running.address, "HEAD", path, "", &[]).unwrap(),
        );
        assert_eq!(head.status, get.status, "{path}");
        assert!(
            head.body.is_empty() && !get.body.is_empty(),
            "{path}: {} and {} bytes",
            head.body.len(),
            get.body.len()
        );
        for name in ["content-type", "content-length", "content-security-policy", "x-content-type-options"] {
            assert_eq!(head.header(name), get.header(name), "{path} {name}");
        }
    }
    let mode = |name: &str| std::fs::metadata(place.folder.path().join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("secret.key"), 0o600);
    if place.database.is_none() {
        assert_eq!(mode("tradepost.db"), 0o600);
    }
}
