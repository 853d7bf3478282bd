//! `tradepost doctor`: each fault is found, and a healthy site passes.

use std::io::{Read, Seek, SeekFrom, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::architecture::root;
use crate::cli::Installation;
use crate::support::program::{command, run_with_input, stdout_of};

const PUBLIC: [(&str, &str); 2] =
    [("TRADEPOST_BASE_URL", "https://shop.example"), ("TRADEPOST_TRUSTED_PROXIES", "127.0.0.1")];
const STRIPE: [(&str, &str); 2] = [("STRIPE_SECRET_KEY", "sk_live_1"), ("STRIPE_WEBHOOK_SECRET", "whsec_1")];
const FUTURE: &str = "2199-01-01 00:00:00.000000";
const PAST: &str = "2026-11-22 00:00:00.000000";

/// A healthy site with its key and database.
fn healthy() -> Installation {
    let installation = Installation::new();
    let (code, _, stderr) = installation.run_with_input(&["keys", "accept"], "");
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    installation
}

/// A healthy site on SQLite, whichever database the tests use.
fn healthy_file() -> Installation {
    let installation = Installation { folder: TempDir::new().unwrap(), database: None };
    assert_eq!(installation.run_with_input(&["keys", "accept"], "").0, Some(0));
    installation
}

impl Installation {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn allow(&self, name: &str, mode: u32) {
        std::fs::set_permissions(self.path(name), std::fs::Permissions::from_mode(mode)).unwrap();
    }

    /// Asserts that no check fails; returns the output.
    #[track_caller]
    fn assert_healthy(&self, settings: &[(&str, &str)]) -> String {
        let (code, stdout, stderr) = self.run_with(settings, &["doctor"]);
        assert_eq!((code, stderr.as_str()), (Some(0), ""), "{stdout}");
        assert!(!stdout.contains("FAIL"), "{stdout}");
        stdout
    }

    /// Asserts that exactly one check fails, with this text.
    #[track_caller]
    fn assert_problem(&self, settings: &[(&str, &str)], what: &str, text: &str) {
        let (code, stdout, stderr) = self.run_with(settings, &["doctor"]);
        assert_eq!((code, stderr.as_str()), (Some(1), ""), "{stdout}");
        let broken: Vec<&str> = stdout.lines().filter(|line| line.starts_with("FAIL")).collect();
        assert_eq!(broken.len(), 1, "{stdout}");
        assert!(broken[0].starts_with(&format!("FAIL  {what}: ")) && broken[0].contains(text), "{stdout}");
    }
}

#[test]
fn a_healthy_site_passes_every_check() {
    let installation = healthy();
    let stdout = installation.assert_healthy(&[]);
    for what in
        ["settings", "data folder", "database", "pages", "migrations", "key", "secrets", "pictures", "jobs", "clock"]
    {
        assert!(stdout.contains(&format!("ok    {what}: ")), "{what}: {stdout}");
    }
    assert!(stdout.contains("note  process: a debug build"), "R69: {stdout}");
    assert_eq!(stdout.contains("  role: "), installation.database.is_some(), "R70: {stdout}");
    assert!(installation.assert_healthy(&PUBLIC).contains("ok    origin: https://shop.example/ with HSTS"));
    installation.assert_healthy(&[&PUBLIC[..], &STRIPE[..]].concat());
}

/// R70: the unit that operators copy.
#[test]
fn r70_the_service_unit_confines_the_program() {
    let operations = std::fs::read_to_string(root().join("docs/OPERATIONS.md")).unwrap();
    let unit = operations.split("tradepost.service`").nth(1).unwrap().split("```").nth(1).unwrap();
    let service = unit.split("[Service]").nth(1).unwrap().split("[Install]").next().unwrap();
    for line in [
        "DynamicUser=yes",
        "StateDirectory=tradepost",
        "StateDirectoryMode=0700",
        "UMask=0077",
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "ProtectHome=yes",
        "PrivateTmp=yes",
        "PrivateDevices=yes",
        "CapabilityBoundingSet=",
        "SystemCallFilter=@system-service",
        "SystemCallFilter=~@privileged",
        "SystemCallArchitectures=native",
        "MemoryDenyWriteExecute=yes",
        "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX",
        "RestrictNamespaces=yes",
        "LimitCORE=0",
        "LimitNOFILE=65536",
    ] {
        assert!(service.lines().any(|known| known == line), "{line}");
    }
    assert!(service.lines().any(|line| line.starts_with("MemoryMax=")), "{service}");
}

#[test]
fn a_missing_data_folder() {
    let installation = healthy_file();
    let elsewhere = installation.path("typo").display().to_string();
    let (code, stdout, _) = installation.run_with(&[("TRADEPOST_DATA", &elsewhere)], &["doctor"]);
    assert!(code == Some(1) && stdout.contains("FAIL  data folder: ") && stdout.contains("does not exist"), "{stdout}");
    assert!(stdout.contains("FAIL  database: there is no database"), "{stdout}");
}

#[test]
fn a_read_only_data_folder() {
    for name in ["", "media", "tmp"] {
        let installation = healthy();
        installation.allow(name, 0o500);
        installation.assert_problem(&[], "data folder", "chmod u+w");
        installation.allow(name, 0o700);
        installation.assert_healthy(&[]);
    }
}

#[test]
fn a_data_folder_readable_by_others() {
    let installation = healthy();
    installation.allow("", 0o755);
    installation.assert_problem(&[], "data folder", "chmod 700");
}

#[test]
fn a_database_readable_by_others() {
    let installation = healthy_file();
    installation.allow("tradepost.db", 0o644);
    installation.assert_problem(&[], "data folder", "chmod 600");
}

#[test]
fn a_key_file_readable_by_others() {
    let installation = healthy();
    installation.allow("secret.key", 0o644);
    installation.assert_problem(&[], "key", "chmod 600");
}

#[test]
fn a_missing_key_file() {
    let installation = healthy();
    std::fs::remove_file(installation.path("secret.key")).unwrap();
    installation.assert_problem(&[], "key", "is missing");
    assert!(!installation.path("secret.key").exists(), "checks create none");
}

#[test]
fn the_key_of_another_site() {
    let installation = healthy();
    let key = "ab".repeat(32);
    installation.assert_problem(&[("TRADEPOST_SECRET_KEY", &key)], "key", "another secret key");
    std::fs::write(installation.path("secret.key"), key).unwrap();
    installation.assert_problem(&[], "key", "another secret key");
}

#[test]
fn a_key_file_without_a_key() {
    let installation = healthy();
    for nonsense in ["", "a password", &"zz".repeat(32)] {
        std::fs::write(installation.path("secret.key"), nonsense).unwrap();
        installation.assert_problem(&[], "key", "64 hex digits");
    }
}

#[test]
fn a_database_with_corrupt_pages() {
    let installation = healthy_file();
    installation.sql("PRAGMA wal_checkpoint(TRUNCATE)");
    let file = installation.path("tradepost.db");
    let mut bytes = std::fs::OpenOptions::new().read(true).write(true).open(&file).unwrap();
    let pages = bytes.metadata().unwrap().len() / 4096;
    assert!(pages > 30);
    bytes.seek(SeekFrom::Start(pages / 2 * 4096)).unwrap();
    bytes.write_all(&[0xa5; 10 * 4096]).unwrap();
    drop(bytes);
    let (code, stdout, _) = installation.run_with_input(&["doctor"], "");
    let found = stdout.lines().find(|line| line.starts_with("FAIL  pages: ") || line.starts_with("FAIL  database: "));
    assert!(code == Some(1) && found.is_some_and(|line| line.contains("restore a backup")), "{stdout}");
}

#[test]
fn a_database_with_broken_foreign_keys() {
    let installation = healthy_file();
    installation.sql(
        "PRAGMA foreign_keys = OFF; INSERT INTO account_roles (account_id, role, granted_at) VALUES (99, 'editor', '')",
    );
    installation.assert_problem(&[], "pages", "rows of account_roles");
}

#[test]
fn a_database_without_its_file_header() {
    let installation = healthy_file();
    installation.sql("PRAGMA wal_checkpoint(TRUNCATE)");
    let mut file = std::fs::OpenOptions::new().write(true).open(installation.path("tradepost.db")).unwrap();
    file.write_all(&[0; 100]).unwrap();
    drop(file);
    installation.assert_problem(&[], "database", "not a database");
}

#[test]
fn a_missing_database() {
    let installation = healthy_file();
    std::fs::remove_file(installation.path("tradepost.db")).unwrap();
    installation.assert_problem(&[], "database", "there is no database");
    assert!(!installation.path("tradepost.db").exists(), "checks create none");
}

#[test]
fn an_unresponsive_database() {
    let installation = healthy_file();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("postgres://shop:hunter2@{}/shop", silent.local_addr().unwrap());
    let patient = format!("{url}?connect_timeout=0");
    for (url, text) in [(&url, "timeout expired"), (&patient, "did not respond")] {
        let started = Instant::now();
        let (code, stdout, _) = installation.run_with(&[("DATABASE_URL", url)], &["doctor"]);
        assert!(started.elapsed() < Duration::from_secs(25), "{:?}", started.elapsed());
        assert!(code == Some(1) && stdout.contains("FAIL  database: ") && stdout.contains(text), "{stdout}");
        assert!(!stdout.contains("hunter2"), "{stdout}");
    }
}

#[test]
fn a_read_only_database() {
    let installation = healthy();
    let Some(url) = installation.url() else { return };
    let name = url.rsplit('/').next().unwrap();
    installation.sql(&format!("ALTER DATABASE {name} SET default_transaction_read_only = on"));
    installation.assert_problem(&[], "database", "read-only");
}

#[test]
fn a_database_of_a_newer_version() {
    let installation = healthy();
    installation.sql("INSERT INTO __diesel_schema_migrations (version) VALUES ('29991231235959')");
    installation.assert_problem(&[], "migrations", "newer Tradepost");
}

#[test]
fn a_database_with_pending_migrations() {
    let installation = healthy();
    installation.sql("DELETE FROM __diesel_schema_migrations");
    installation.assert_problem(&[], "migrations", "tradepost migrate");
}

#[test]
fn missing_picture_files() {
    let installation = healthy();
    let sha = "0123456789abcdef".repeat(4);
    installation.sql(&format!(
        "INSERT INTO media (public_id, sha256, widths, width, height, byte_size, rendition_stage, file_name, alt_text, caption, \
         credit, created_at) VALUES ('p', '{sha}', '320,640', 640, 480, 9, 'avif', 'a.png', '', '', '', '{PAST}')"
    ));
    installation.assert_problem(&[], "pictures", "1 of 1 are missing");
    let stem = &sha[..32];
    let names = [320, 640].iter().flat_map(|width| ["webp", "avif"].map(|format| format!("{stem}-{width}.{format}")));
    let names: Vec<String> = names.collect();
    for name in &names {
        std::fs::write(installation.path("media").join(name), "picture").unwrap();
    }
    installation.assert_healthy(&[]);
    std::fs::write(installation.path("media").join(&names[1]), "").unwrap();
    installation.assert_problem(&[], "pictures", &names[1]);
    std::fs::remove_dir_all(installation.path("media")).unwrap();
    installation.assert_problem(&[], "pictures", "1 of 1 are missing");
    assert!(!installation.path("media").exists(), "checks create none");
}

#[test]
fn test_payments_on_a_public_site() {
    let installation = healthy();
    let on = [("TRADEPOST_TEST_PAYMENTS", "on")];
    installation.assert_healthy(&on);
    installation.assert_problem(&[&PUBLIC[..], &on].concat(), "payments", "TRADEPOST_TEST_PAYMENTS=off");
    installation.assert_problem(&[&STRIPE[..], &on].concat(), "payments", "alongside Stripe");
    std::fs::write(installation.path("sample"), "").unwrap();
    assert!(installation.assert_healthy(&[]).contains("the test card page is on, on this machine"));
    assert!(installation.assert_healthy(&PUBLIC).contains("test card page is off"));
    assert!(installation.assert_healthy(&[&PUBLIC[..], &STRIPE[..]].concat()).contains("cards by Stripe"));
    installation.assert_problem(&[&PUBLIC[..], &on].concat(), "payments", "TRADEPOST_TEST_PAYMENTS=off");
}

#[test]
fn stripe_in_test_mode_on_a_public_site() {
    let installation = healthy();
    let test = [("STRIPE_SECRET_KEY", "sk_test_1"), ("STRIPE_WEBHOOK_SECRET", "whsec_1")];
    installation.assert_healthy(&test);
    installation.assert_problem(&[&PUBLIC[..], &test].concat(), "payments", "test mode");
    let base = [("STRIPE_API_BASE", "http://127.0.0.1:1")];
    installation.assert_problem(&[&PUBLIC[..], &STRIPE[..], &base[..]].concat(), "payments", "STRIPE_API_BASE");
}

#[test]
fn stripe_without_a_webhook_secret() {
    healthy().assert_problem(&[("STRIPE_SECRET_KEY", "sk_live_1")], "settings", "STRIPE_WEBHOOK_SECRET is missing");
}

#[test]
fn an_origin_with_a_path() {
    healthy().assert_problem(
        &[("TRADEPOST_BASE_URL", "https://shop.example/shop")],
        "settings",
        "https://shop.example.",
    );
}

#[test]
fn a_public_origin_without_encryption() {
    healthy().assert_problem(&[("TRADEPOST_BASE_URL", "http://shop.example")], "origin", "not encrypted");
}

#[test]
fn an_open_port_without_an_origin() {
    healthy().assert_problem(&[("TRADEPOST_BIND", "0.0.0.0:8080")], "origin", "TRADEPOST_BASE_URL");
}

#[test]
fn encryption_without_a_trusted_proxy() {
    let installation = healthy();
    installation.assert_problem(
        &[("TRADEPOST_BASE_URL", "https://shop.example")],
        "proxies",
        "TRADEPOST_TRUSTED_PROXIES",
    );
    let everybody = [("TRADEPOST_BASE_URL", "https://shop.example"), ("TRADEPOST_TRUSTED_PROXIES", "0.0.0.0/0")];
    installation.assert_problem(&everybody, "proxies", "trusts everyone");
}

fn job(state: &str, run_at: &str) -> String {
    format!(
        "INSERT INTO jobs (queue, kind, payload, state, run_at, attempts, created_at) \
         VALUES ('mail', 'send_email', '{{}}', '{state}', '{run_at}', 0, '{PAST}')"
    )
}

#[test]
fn a_failed_job() {
    let installation = healthy();
    installation.sql(&job("dead", PAST));
    installation.assert_problem(&[], "jobs", "1 have failed");
}

#[test]
fn an_overdue_job() {
    let installation = healthy();
    installation.sql(&job("queued", FUTURE));
    installation.assert_healthy(&[]);
    installation.sql(&job("queued", PAST));
    installation.assert_problem(&[], "jobs", "has waited since 2026-11-22T00:00:00Z");
}

#[test]
fn a_clock_behind_the_database() {
    let installation = healthy();
    installation.sql(&format!(
        "INSERT INTO events (kind, subject_type, actor_kind, actor_name, data, at) \
             VALUES ('x', 'x', 'system', '', '{{}}', '{FUTURE}')"
    ));
    installation.assert_problem(&[], "clock", "the clock is behind");
}

#[test]
fn an_invalid_smtp_url() {
    for nonsense in ["::", "mail.example:25", "http://mail.example"] {
        healthy().assert_problem(&[("SMTP_URL", nonsense)], "mail", "SMTP_URL");
    }
}

#[test]
fn an_unreachable_mail_server() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    healthy().assert_problem(&[("SMTP_URL", &format!("smtp://{gone}"))], "mail", "does not accept mail");
}

#[test]
fn a_silent_mail_server() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let started = Instant::now();
    let url = format!("smtp://{}", silent.local_addr().unwrap());
    healthy().assert_problem(&[("SMTP_URL", &url)], "mail", "did not respond within 5 seconds");
    assert!(started.elapsed() < Duration::from_secs(30));
}

#[test]
fn an_smtp_password_without_encryption() {
    healthy().assert_problem(&[("SMTP_URL", "smtp://shop:pw@mail.example")], "mail", "smtps://");
}

#[test]
fn a_working_mail_server() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("smtp://{}", server.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in server.incoming() {
            let mut stream = stream.unwrap();
            stream.write_all(b"220 mail.example\r\n").unwrap();
            let mut stdout = [0; 512];
            while let Ok(1..) = stream.read(&mut stdout) {
                stream.write_all(b"250 mail.example\r\n").unwrap();
            }
        }
    });
    assert!(healthy().assert_healthy(&[("SMTP_URL", &url)]).contains("ok    mail: 127.0.0.1:"));
}

#[test]
fn unknown_settings() {
    let installation = healthy();
    installation.assert_problem(
        &[("TRADEPOST_BASEURL", "https://shop.example")],
        "settings",
        "Did you mean TRADEPOST_BASE_URL?",
    );
    installation.assert_problem(&[("REDIS_URL", "redis://127.0.0.1")], "settings", "not supported yet");
    installation.assert_problem(&[("TRADEPOST_METRICS_BIND", "127.0.0.1:9090")], "settings", "not supported yet");
    installation.assert_problem(&[("TRADEPOST_MEDIA_URL", "s3://bucket")], "settings", "not supported yet");
    std::fs::write(installation.path("tradepost.toml"), "bindd = \"x\"\n").unwrap();
    installation.assert_problem(&[], "settings", "did you mean `bind`?");
}

#[test]
fn the_doctor_needs_no_terminal_and_no_network() {
    let installation = healthy();
    let output = run_with_input(command(installation.folder.path(), installation.url(), &["doctor"]), "");
    assert!(output.status.success() && !stdout_of(&output).contains('\u{1b}'), "{}", stdout_of(&output));
}
