//! `tradepost doctor`: each broken thing is found, and what is whole is said to be so.

use std::io::{Read, Seek, SeekFrom, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::cli::Place;
use crate::support::program::{command, run_with_input, stdout_of};

const PUBLIC: [(&str, &str); 2] =
    [("TRADEPOST_BASE_URL", "https://shop.example"), ("TRADEPOST_TRUSTED_PROXIES", "127.0.0.1")];
const STRIPE: [(&str, &str); 2] = [("STRIPE_SECRET_KEY", "sk_live_1"), ("STRIPE_WEBHOOK_SECRET", "whsec_1")];
const FUTURE: &str = "2199-01-01 00:00:00.000000";
const PAST: &str = "2026-11-22 00:00:00.000000";

/// A site that has its key and its database, and nothing is wrong with it.
fn healthy() -> Place {
    let place = Place::new();
    let (code, _, wrong) = place.run_with_input(&["keys", "accept"], "");
    assert_eq!((code, wrong.as_str()), (Some(0), ""));
    place
}

/// Such a site in a file, whichever database the tests run on.
fn healthy_file() -> Place {
    let place = Place { folder: TempDir::new().unwrap(), database: None };
    assert_eq!(place.run_with_input(&["keys", "accept"], "").0, Some(0));
    place
}

impl Place {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn allow(&self, name: &str, mode: u32) {
        std::fs::set_permissions(self.path(name), std::fs::Permissions::from_mode(mode)).unwrap();
    }

    /// Nothing is broken.
    #[track_caller]
    fn is_well(&self, settings: &[(&str, &str)]) -> String {
        let (code, said, wrong) = self.run_with(settings, &["doctor"]);
        assert_eq!((code, wrong.as_str()), (Some(0), ""), "{said}");
        assert!(!said.contains("FAIL"), "{said}");
        said
    }

    /// One thing is broken, and its line says so with these words.
    #[track_caller]
    fn is_ill(&self, settings: &[(&str, &str)], what: &str, words: &str) {
        let (code, said, wrong) = self.run_with(settings, &["doctor"]);
        assert_eq!((code, wrong.as_str()), (Some(1), ""), "{said}");
        let broken: Vec<&str> = said.lines().filter(|line| line.starts_with("FAIL")).collect();
        assert_eq!(broken.len(), 1, "{said}");
        assert!(broken[0].starts_with(&format!("FAIL  {what}: ")) && broken[0].contains(words), "{said}");
    }
}

#[test]
fn a_healthy_site_is_well() {
    let place = healthy();
    let said = place.is_well(&[]);
    for what in ["settings", "data folder", "database", "pages", "migrations", "key", "pictures", "jobs", "clock"] {
        assert!(said.contains(&format!("ok    {what}: ")), "{what}: {said}");
    }
    place.is_well(&PUBLIC);
    place.is_well(&[&PUBLIC[..], &STRIPE[..]].concat());
}

#[test]
fn a_folder_that_is_not_there() {
    let place = healthy_file();
    let elsewhere = place.path("typo").display().to_string();
    let (code, said, _) = place.run_with(&[("TRADEPOST_DATA", &elsewhere)], &["doctor"]);
    assert!(code == Some(1) && said.contains("FAIL  data folder: ") && said.contains("does not exist"), "{said}");
    assert!(said.contains("FAIL  database: there is no database"), "{said}");
}

#[test]
fn a_folder_that_may_not_be_written_to() {
    for name in ["", "media", "tmp"] {
        let place = healthy();
        place.allow(name, 0o500);
        place.is_ill(&[], "data folder", "chmod u+w");
        place.allow(name, 0o700);
        place.is_well(&[]);
    }
}

#[test]
fn a_folder_others_can_look_into() {
    let place = healthy();
    place.allow("", 0o755);
    place.is_ill(&[], "data folder", "chmod 700");
}

#[test]
fn a_database_others_can_open() {
    let place = healthy_file();
    place.allow("tradepost.db", 0o644);
    place.is_ill(&[], "data folder", "chmod 600");
}

#[test]
fn a_key_others_can_read() {
    let place = healthy();
    place.allow("secret.key", 0o644);
    place.is_ill(&[], "key", "chmod 600");
}

#[test]
fn a_key_that_is_lost() {
    let place = healthy();
    std::fs::remove_file(place.path("secret.key")).unwrap();
    place.is_ill(&[], "key", "is missing");
    assert!(!place.path("secret.key").exists(), "looking makes none");
}

#[test]
fn a_key_of_another_site() {
    let place = healthy();
    let key = "ab".repeat(32);
    place.is_ill(&[("TRADEPOST_SECRET_KEY", &key)], "key", "another secret key");
    std::fs::write(place.path("secret.key"), key).unwrap();
    place.is_ill(&[], "key", "another secret key");
}

#[test]
fn a_key_that_is_none() {
    let place = healthy();
    for nonsense in ["", "a password", &"zz".repeat(32)] {
        std::fs::write(place.path("secret.key"), nonsense).unwrap();
        place.is_ill(&[], "key", "64 hex digits");
    }
}

#[test]
fn a_database_with_pages_written_over() {
    let place = healthy_file();
    place.sql("PRAGMA wal_checkpoint(TRUNCATE)");
    let file = place.path("tradepost.db");
    let mut bytes = std::fs::OpenOptions::new().read(true).write(true).open(&file).unwrap();
    let pages = bytes.metadata().unwrap().len() / 4096;
    assert!(pages > 30);
    bytes.seek(SeekFrom::Start(pages / 2 * 4096)).unwrap();
    bytes.write_all(&[0xa5; 10 * 4096]).unwrap();
    drop(bytes);
    let (code, said, _) = place.run_with_input(&["doctor"], "");
    let found = said.lines().find(|line| line.starts_with("FAIL  pages: ") || line.starts_with("FAIL  database: "));
    assert!(code == Some(1) && found.is_some_and(|line| line.contains("restore a backup")), "{said}");
}

#[test]
fn a_database_whose_rows_refer_to_nothing() {
    let place = healthy_file();
    place.sql(
        "PRAGMA foreign_keys = OFF; INSERT INTO account_roles (account_id, role, granted_at) VALUES (99, 'editor', '')",
    );
    place.is_ill(&[], "pages", "rows of account_roles");
}

#[test]
fn a_database_whose_head_is_gone() {
    let place = healthy_file();
    place.sql("PRAGMA wal_checkpoint(TRUNCATE)");
    let mut file = std::fs::OpenOptions::new().write(true).open(place.path("tradepost.db")).unwrap();
    file.write_all(&[0; 100]).unwrap();
    drop(file);
    place.is_ill(&[], "database", "not a database");
}

#[test]
fn a_database_that_is_gone() {
    let place = healthy_file();
    std::fs::remove_file(place.path("tradepost.db")).unwrap();
    place.is_ill(&[], "database", "there is no database");
    assert!(!place.path("tradepost.db").exists(), "looking makes none");
}

#[test]
fn a_database_that_says_nothing() {
    let place = healthy_file();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("postgres://shop:hunter2@{}/shop", silent.local_addr().unwrap());
    let patient = format!("{url}?connect_timeout=0");
    for (url, words) in [(&url, "timeout expired"), (&patient, "does not answer")] {
        let begun = Instant::now();
        let (code, said, _) = place.run_with(&[("DATABASE_URL", url)], &["doctor"]);
        assert!(begun.elapsed() < Duration::from_secs(25), "{:?}", begun.elapsed());
        assert!(code == Some(1) && said.contains("FAIL  database: ") && said.contains(words), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
}

#[test]
fn a_database_that_may_only_be_read() {
    let place = healthy();
    let Some(url) = place.url() else { return };
    let name = url.rsplit('/').next().unwrap();
    place.sql(&format!("ALTER DATABASE {name} SET default_transaction_read_only = on"));
    place.is_ill(&[], "database", "read-only");
}

#[test]
fn a_database_of_a_newer_program() {
    let place = healthy();
    place.sql("INSERT INTO __diesel_schema_migrations (version) VALUES ('29991231235959')");
    place.is_ill(&[], "migrations", "newer Tradepost");
}

#[test]
fn a_database_that_was_not_brought_up_to_date() {
    let place = healthy();
    place.sql("DELETE FROM __diesel_schema_migrations");
    place.is_ill(&[], "migrations", "tradepost migrate");
}

#[test]
fn pictures_that_are_lost() {
    let place = healthy();
    let sha = "0123456789abcdef".repeat(4);
    place.sql(&format!(
        "INSERT INTO media (public_id, sha256, widths, width, height, byte_size, rendition_stage, file_name, alt_text, caption, \
         credit, created_at) VALUES ('p', '{sha}', '320,640', 640, 480, 9, 'avif', 'a.png', '', '', '', '{PAST}')"
    ));
    place.is_ill(&[], "pictures", "1 of 1 are missing");
    let stem = &sha[..32];
    let names = [320, 640].iter().flat_map(|width| ["webp", "avif"].map(|format| format!("{stem}-{width}.{format}")));
    let names: Vec<String> = names.collect();
    for name in &names {
        std::fs::write(place.path("media").join(name), "picture").unwrap();
    }
    place.is_well(&[]);
    std::fs::write(place.path("media").join(&names[1]), "").unwrap();
    place.is_ill(&[], "pictures", &names[1]);
    std::fs::remove_dir_all(place.path("media")).unwrap();
    place.is_ill(&[], "pictures", "1 of 1 are missing");
    assert!(!place.path("media").exists(), "looking makes none");
}

#[test]
fn test_payments_where_others_buy() {
    let place = healthy();
    let on = [("TRADEPOST_TEST_PAYMENTS", "on")];
    place.is_well(&on);
    place.is_ill(&[&PUBLIC[..], &on].concat(), "payments", "TRADEPOST_TEST_PAYMENTS=off");
    place.is_ill(&[&STRIPE[..], &on].concat(), "payments", "alongside Stripe");
    std::fs::write(place.path("sample"), "").unwrap();
    assert!(place.is_well(&[]).contains("the test card page is on, on this machine"));
    assert!(place.is_well(&PUBLIC).contains("test card page is off"));
    assert!(place.is_well(&[&PUBLIC[..], &STRIPE[..]].concat()).contains("cards by Stripe"));
    place.is_ill(&[&PUBLIC[..], &on].concat(), "payments", "TRADEPOST_TEST_PAYMENTS=off");
}

#[test]
fn stripe_in_test_mode_where_others_buy() {
    let place = healthy();
    let test = [("STRIPE_SECRET_KEY", "sk_test_1"), ("STRIPE_WEBHOOK_SECRET", "whsec_1")];
    place.is_well(&test);
    place.is_ill(&[&PUBLIC[..], &test].concat(), "payments", "test mode");
    let base = [("STRIPE_API_BASE", "http://127.0.0.1:1")];
    place.is_ill(&[&PUBLIC[..], &STRIPE[..], &base[..]].concat(), "payments", "STRIPE_API_BASE");
}

#[test]
fn stripe_without_the_secret_of_its_webhook() {
    healthy().is_ill(&[("STRIPE_SECRET_KEY", "sk_live_1")], "settings", "STRIPE_WEBHOOK_SECRET is missing");
}

#[test]
fn an_origin_with_a_path() {
    healthy().is_ill(&[("TRADEPOST_BASE_URL", "https://shop.example/shop")], "settings", "https://shop.example.");
}

#[test]
fn a_public_origin_without_encryption() {
    healthy().is_ill(&[("TRADEPOST_BASE_URL", "http://shop.example")], "origin", "not encrypted");
}

#[test]
fn an_open_port_without_an_origin() {
    healthy().is_ill(&[("TRADEPOST_BIND", "0.0.0.0:8080")], "origin", "TRADEPOST_BASE_URL");
}

#[test]
fn encryption_without_a_trusted_proxy() {
    let place = healthy();
    place.is_ill(&[("TRADEPOST_BASE_URL", "https://shop.example")], "proxies", "TRADEPOST_TRUSTED_PROXIES");
    let everybody = [("TRADEPOST_BASE_URL", "https://shop.example"), ("TRADEPOST_TRUSTED_PROXIES", "0.0.0.0/0")];
    place.is_ill(&everybody, "proxies", "trusts everyone");
}

fn job(state: &str, run_at: &str) -> String {
    format!(
        "INSERT INTO jobs (queue, kind, payload, state, run_at, attempts, created_at) \
         VALUES ('mail', 'send_letter', '{{}}', '{state}', '{run_at}', 0, '{PAST}')"
    )
}

#[test]
fn a_job_that_was_given_up() {
    let place = healthy();
    place.sql(&job("dead", PAST));
    place.is_ill(&[], "jobs", "1 have failed");
}

#[test]
fn a_job_that_is_late() {
    let place = healthy();
    place.sql(&job("queued", FUTURE));
    place.is_well(&[]);
    place.sql(&job("queued", PAST));
    place.is_ill(&[], "jobs", "has waited since 2026-11-22T00:00:00Z");
}

#[test]
fn a_clock_that_is_behind() {
    let place = healthy();
    place
        .sql(&format!("INSERT INTO facts (kind, subject, actor, data, at) VALUES ('x', 'x', 'x', '{{}}', '{FUTURE}')"));
    place.is_ill(&[], "clock", "the clock is behind");
}

#[test]
fn a_mail_server_that_cannot_be_understood() {
    for nonsense in ["::", "mail.example:25", "http://mail.example"] {
        healthy().is_ill(&[("SMTP_URL", nonsense)], "mail", "SMTP_URL");
    }
}

#[test]
fn a_mail_server_that_is_not_there() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    healthy().is_ill(&[("SMTP_URL", &format!("smtp://{gone}"))], "mail", "does not accept mail");
}

#[test]
fn a_mail_server_that_says_nothing() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let begun = Instant::now();
    let url = format!("smtp://{}", silent.local_addr().unwrap());
    healthy().is_ill(&[("SMTP_URL", &url)], "mail", "does not answer within 5 seconds");
    assert!(begun.elapsed() < Duration::from_secs(30));
}

#[test]
fn a_mail_server_that_is_told_its_password_in_the_open() {
    healthy().is_ill(&[("SMTP_URL", "smtp://shop:pw@mail.example")], "mail", "smtps://");
}

#[test]
fn a_mail_server_that_answers() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("smtp://{}", server.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in server.incoming() {
            let mut stream = stream.unwrap();
            stream.write_all(b"220 mail.example\r\n").unwrap();
            let mut said = [0; 512];
            while let Ok(1..) = stream.read(&mut said) {
                stream.write_all(b"250 mail.example\r\n").unwrap();
            }
        }
    });
    assert!(healthy().is_well(&[("SMTP_URL", &url)]).contains("ok    mail: 127.0.0.1:"));
}

#[test]
fn settings_nobody_knows() {
    let place = healthy();
    place.is_ill(&[("TRADEPOST_BASEURL", "https://shop.example")], "settings", "Did you mean TRADEPOST_BASE_URL?");
    place.is_ill(&[("REDIS_URL", "redis://127.0.0.1")], "settings", "not supported yet");
    place.is_ill(&[("TRADEPOST_METRICS_BIND", "127.0.0.1:9090")], "settings", "not supported yet");
    place.is_ill(&[("TRADEPOST_MEDIA_URL", "s3://bucket")], "settings", "not supported yet");
    std::fs::write(place.path("tradepost.toml"), "bindd = \"x\"\n").unwrap();
    place.is_ill(&[], "settings", "did you mean `bind`?");
}

#[test]
fn the_doctor_needs_no_terminal_and_no_network() {
    let place = healthy();
    let output = run_with_input(command(place.folder.path(), place.url(), &["doctor"]), "");
    assert!(output.status.success() && !stdout_of(&output).contains('\u{1b}'), "{}", stdout_of(&output));
}
