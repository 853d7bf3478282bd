//! The commands, as a user runs them.

use std::os::unix::fs::PermissionsExt;

use diesel::connection::SimpleConnection;
use tempfile::TempDir;

use crate::support::database::{TestDatabase, postgres_url};
use crate::support::program::{Server, command, run_with_input, seed_stocked_shop, send_request, stderr_of, stdout_of};

/// A data folder, and a database on PostgreSQL.
pub struct Installation {
    pub folder: TempDir,
    pub database: Option<TestDatabase>,
}

impl Installation {
    pub fn new() -> Installation {
        Installation { folder: TempDir::new().unwrap(), database: postgres_url().map(|_| TestDatabase::new()) }
    }

    pub fn url(&self) -> Option<&str> {
        self.database.as_ref().map(|database| database.url.as_str())
    }

    pub fn run_with_input(&self, arguments: &[&str], input: &str) -> (Option<i32>, String, String) {
        let output = run_with_input(command(self.folder.path(), self.url(), arguments), input);
        (output.status.code(), stdout_of(&output), stderr_of(&output))
    }

    /// As [`Installation::run_with_input`], with settings in the environment.
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
fn migrate_applies_pending_migrations_and_reports_them() {
    let installation = Installation::new();
    if installation.database.is_none() {
        let (code, stdout, _) = installation.run_with_input(&["migrate", "status"], "");
        assert_eq!(code, Some(0));
        assert!(stdout.lines().count() > 0 && stdout.lines().all(|line| line.starts_with("pending  ")), "{stdout}");
    }
    assert_eq!(installation.run_with_input(&["migrate"], "").0, Some(0));
    let (code, stdout, _) = installation.run_with_input(&["migrate", "status"], "");
    assert_eq!(code, Some(0));
    assert!(stdout.lines().count() > 0 && stdout.lines().all(|line| line.starts_with("applied  ")), "{stdout}");
    assert_eq!(installation.run_with_input(&["migrate"], "").0, Some(0), "a second time changes nothing");
}

#[test]
fn account_create_works_from_the_command_line() {
    let installation = Installation::new();
    let create = |role: &str, password: &str| {
        let email = format!("{role}@kestrel.example");
        installation.run_with_input(
            &["account", "create", "--email", &email, "--name", "Ann", "--role", role, "--password-stdin"],
            password,
        )
    };
    let (code, stdout, stderr) = create("owner", "violet kettle seven harbour\n");
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    assert!(stdout.contains("can log in"), "{stdout}");
    let (code, _, stderr) = create("owner", "violet kettle seven harbour\n");
    assert_eq!((code, stderr.lines().count()), (Some(1), 1), "{stderr}");
    let (code, _, stderr) = create("editor", "password1234\n");
    assert_eq!((code, stderr.lines().count()), (Some(1), 1));
    assert!(stderr.contains("too weak"), "{stderr}");
    let (code, _, stderr) = create("king", "violet kettle seven harbour\n");
    assert!(code == Some(1) && stderr.contains("there is no role king"), "{stderr}");
    let (code, stdout, _) = installation.run_with_input(&["account", "reset-link", "owner@kestrel.example"], "");
    assert!(code == Some(0) && stdout.contains("/password/reset?token="), "{stdout}");
}

#[test]
fn the_audit_reports_what_is_broken() {
    let installation = Installation::new();
    seed_stocked_shop(installation.folder.path(), installation.url());
    let (code, stdout, _) = installation.run_with_input(&["audit", "--json"], "");
    let report: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!((code, report["violations"].as_array().unwrap().len()), (Some(0), 0), "{stdout}");
    assert!(report["checked"]["stock levels"].as_u64().unwrap() > 0);
    installation.sql("UPDATE stock_levels SET on_hand = on_hand + 1 WHERE id = (SELECT min(id) FROM stock_levels)");
    let (code, stdout, _) = installation.run_with_input(&["audit", "--json"], "");
    let report: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!((code, report["violations"].as_array().unwrap().len()), (Some(1), 1), "{stdout}");
    let (code, _, stderr) = installation.run_with_input(&["demo"], "");
    assert_eq!((code, stderr.lines().count()), (Some(1), 1), "a shop with something in it stays as it is: {stderr}");
}

#[test]
fn an_unreachable_database_is_a_one_line_error() {
    let folder = TempDir::new().unwrap();
    for arguments in [&["serve"][..], &["migrate"], &["audit"], &["migrate", "status"]] {
        let output =
            run_with_input(command(folder.path(), Some("postgres://shop:hunter2@127.0.0.1:1/none"), arguments), "");
        let stderr = stderr_of(&output);
        assert_eq!((output.status.code(), stderr.lines().count()), (Some(1), 1), "{arguments:?}: {stderr}");
        assert!(stderr.contains("DATABASE_URL") && !stderr.contains("hunter2"), "{stderr}");
    }
}

#[test]
fn a_newer_database_is_refused() {
    let installation = Installation::new();
    assert_eq!(installation.run_with_input(&["migrate"], "").0, Some(0));
    installation.sql("INSERT INTO __diesel_schema_migrations (version) VALUES ('29991231235959')");
    for arguments in [&["migrate"][..], &["migrate", "status"], &["serve"], &["account", "reset-link", "a@b.example"]] {
        let (code, _, stderr) = installation.run_with_input(arguments, "");
        assert_eq!((code, stderr.lines().count()), (Some(1), 1), "{arguments:?}: {stderr}");
        assert!(stderr.contains("newer Tradepost"), "{stderr}");
    }
}

#[test]
fn a_file_that_is_not_a_database_is_refused() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("tradepost.db"), "These are my notes, please keep them. ".repeat(40)).unwrap();
    let output = run_with_input(command(folder.path(), None, &["serve"]), "");
    assert_eq!((output.status.code(), stderr_of(&output).lines().count()), (Some(1), 1), "{}", stderr_of(&output));
    assert!(std::fs::read_to_string(folder.path().join("tradepost.db")).unwrap().starts_with("These are my notes"));
}

#[test]
fn a_read_only_database_is_refused() {
    let installation = Installation { folder: TempDir::new().unwrap(), database: None };
    assert_eq!(installation.run_with_input(&["migrate"], "").0, Some(0));
    let file = installation.folder.path().join("tradepost.db");
    // Root may write anything, so the database itself says no.
    let url = format!("sqlite://file:{}?mode=ro", file.display());
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o400)).unwrap();
    let output = run_with_input(command(installation.folder.path(), Some(&url), &["serve"]), "");
    assert_eq!((output.status.code(), stderr_of(&output).lines().count()), (Some(1), 1), "{}", stderr_of(&output));
}

#[test]
fn invalid_settings_are_a_one_line_error() {
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
        let stderr = stderr_of(&output);
        assert_eq!((output.status.code(), stderr.lines().count()), (Some(1), 1), "{name}={value}: {stderr}");
        assert!(stderr.contains(name), "{name}: {stderr}");
    }
}

#[test]
fn an_unknown_setting_in_the_file_is_refused_with_a_suggestion() {
    let folder = TempDir::new().unwrap();
    let serve = |file: &str| {
        std::fs::write(folder.path().join("tradepost.toml"), file).unwrap();
        let output = run_with_input(command(folder.path(), None, &["migrate"]), "");
        (output.status.code(), stderr_of(&output))
    };
    for (key, meant) in
        [("bindd", "bind"), ("Bind", "bind"), ("databse_url", "database_url"), ("test-payments", "test_payments")]
    {
        let (code, stderr) = serve(&format!("log = \"warn\"\n{key} = \"x\"\n"));
        let stdout = format!("tradepost: tradepost.toml: unknown setting `{key}`; did you mean `{meant}`?\n");
        assert_eq!((code, stderr), (Some(1), stdout));
    }
    let (code, stderr) = serve("bind = 8080\n");
    assert_eq!((code, stderr.lines().count()), (Some(1), 1), "{stderr}");
    assert_eq!(serve("bind = \"127.0.0.1:0\"\ntest_payments = \"off\"\n"), (Some(0), String::new()));
}

#[test]
fn serve_prints_its_address_and_answers_head_like_get() {
    let installation = Installation::new();
    seed_stocked_shop(installation.folder.path(), installation.url());
    let running = Server::start(installation.folder.path(), installation.url(), &[]);
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
    let mode =
        |name: &str| std::fs::metadata(installation.folder.path().join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("secret.key"), 0o600);
    if installation.database.is_none() {
        assert_eq!(mode("tradepost.db"), 0o600);
    }
}

#[test]
fn account_clear_second_factors_removes_them() {
    let installation = Installation::new();
    let create = ["account", "create", "--email", "ann@kestrel.example", "--name", "Ann", "--role", "owner"];
    let create = [&create[..], &["--password-stdin"]].concat();
    assert_eq!(installation.run_with_input(&create, "harbour seven lanterns").0, Some(0));
    // Fails if the account has any of them.
    let insert_factors = || {
        let (account, now) = ("(SELECT min(id) FROM accounts)", "'2026-11-21 10:00:00.000000'");
        installation.sql(&format!(
            "INSERT INTO totp_factors (account_id, secret, confirmed_at, last_used_step, created_at) \
             VALUES ({account}, 'v1.x.y', {now}, 0, {now}); \
             INSERT INTO recovery_codes (account_id, code_hash, created_at) VALUES ({account}, 'x', {now}); \
             INSERT INTO passkeys (account_id, credential_id, credential, name, created_at) \
             VALUES ({account}, 'x', '{{}}', 'Phone', {now});"
        ));
    };
    insert_factors();
    let (code, _, stderr) =
        installation.run_with_input(&["account", "clear-second-factors", "nobody@kestrel.example"], "");
    assert_eq!(
        (code, stderr.trim()),
        (Some(1), "tradepost: there is no account with the address nobody@kestrel.example")
    );
    let (code, stdout, _) =
        installation.run_with_input(&["account", "clear-second-factors", "ann@kestrel.example"], "");
    assert_eq!((code, stdout.trim()), (Some(0), "ann@kestrel.example logs in with the password alone"));
    insert_factors();
}
