//! A migrated database for each test: a file copied from a template, or a PostgreSQL database made from one.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use diesel::connection::SimpleConnection;
use tempfile::TempDir;
use tradepost::db::{Conn, migrations};

static NUMBER: AtomicU32 = AtomicU32::new(1);

/// A test database, deleted on drop.
pub struct TestDatabase {
    pub url: String,
    _folder: Option<TempDir>,
    name: Option<String>,
}

/// The PostgreSQL server to test on, if one was named.
pub fn postgres_url() -> Option<String> {
    std::env::var("TEST_POSTGRES_URL").ok().filter(|url| !url.is_empty())
}

impl TestDatabase {
    /// A migrated database with nothing in it.
    pub fn new() -> TestDatabase {
        match postgres_url() {
            Some(server) => create_postgres(&server),
            None => create_sqlite(),
        }
    }

    /// A direct connection.
    pub fn connect(&self) -> Conn {
        Conn::open(&self.url, false).unwrap()
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let (Some(name), Some(server)) = (&self.name, postgres_url()) {
            administer(&server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}

fn create_sqlite() -> TestDatabase {
    static TEMPLATE: OnceLock<Vec<u8>> = OnceLock::new();
    let template = TEMPLATE.get_or_init(|| {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("template.db");
        let mut conn = Conn::open(&format!("sqlite://{}", path.display()), false).unwrap();
        migrations::run(&mut conn).unwrap();
        conn.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
        drop(conn);
        std::fs::read(&path).unwrap()
    });
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("tradepost.db");
    std::fs::write(&path, template).unwrap();
    TestDatabase { url: format!("sqlite://{}", path.display()), _folder: Some(folder), name: None }
}

fn create_postgres(server: &str) -> TestDatabase {
    static TEMPLATE: OnceLock<String> = OnceLock::new();
    let template = TEMPLATE.get_or_init(|| {
        let name = format!("tp_template_{}", std::process::id());
        administer(server, &format!("DROP DATABASE IF EXISTS {name}"));
        administer(server, &format!("CREATE DATABASE {name}"));
        let mut conn = Conn::open(&url_of_database(server, &name), false).unwrap();
        migrations::run(&mut conn).unwrap();
        name
    });
    let name = format!("tp_test_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    administer(server, &format!("CREATE DATABASE {name} TEMPLATE {template}"));
    TestDatabase { url: url_of_database(server, &name), _folder: None, name: Some(name) }
}

fn administer(server: &str, sql: &str) {
    Conn::open(server, false).unwrap().batch_execute(sql).unwrap();
}

/// The server's URL with another database name.
pub fn url_of_database(server: &str, database: &str) -> String {
    let mut url = url::Url::parse(server).unwrap();
    url.set_path(database);
    url.to_string()
}
