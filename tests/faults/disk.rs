//! A full disk, and database files removed from a running site: it reports this, takes no orders that it
//! cannot store, and recovers. SQLite only.

use std::fs::File;
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::kill::place_order;
use crate::support::database::postgres_url;
use crate::support::pictures;
use crate::support::program::{
    Response, Server, command, run_with_input, seed_stocked_shop, send_raw_bytes, send_request, stderr_of, stdout_of,
};

const RECOVERY_LIMIT: Duration = Duration::from_secs(15);
const TICK: Duration = Duration::from_millis(20);
const OWNER: &str = "owner@disk.example";
const PASSWORD: &str = "violet kettle seven harbour";

/// A server on a data folder that logs to a file.
struct Shop {
    folder: PathBuf,
    server: Server,
    variant: String,
    log: PathBuf,
    _logs: TempDir,
}

impl Shop {
    fn on(folder: &Path) -> Shop {
        let variant = seed_stocked_shop(folder, None);
        let owner = ["account", "create", "--email", OWNER, "--name", "Olive", "--role", "owner", "--password-stdin"];
        let created = run_with_input(command(folder, None, &owner), &format!("{PASSWORD}\n"));
        assert!(created.status.success(), "{}", stderr_of(&created));
        let logs = TempDir::new().unwrap();
        let log = logs.path().join("log");
        let mut serve = command(folder, None, &["--trusted-proxies", "127.0.0.1/32"]);
        let server = Server::spawn(serve.stderr(File::create(&log).unwrap())).unwrap();
        Shop { folder: folder.to_owned(), server, variant, log, _logs: logs }
    }

    fn site(&self) -> SocketAddr {
        self.server.address
    }

    fn file(&self, ending: &str) -> PathBuf {
        self.folder.join(format!("tradepost.db{ending}"))
    }

    fn get(&self, path: &str) -> Response {
        send_request(self.site(), "GET", path, "", &[])
            .unwrap_or_else(|error| panic!("{path}: {error}: {}", self.log()))
    }

    fn add(&self) -> Response {
        send_request(self.site(), "POST", "/cart/lines", "", &[("variant_id", &self.variant), ("quantity", "1")])
            .unwrap_or_else(|error| panic!("{error}: {}", self.log()))
    }

    /// Orders one item and returns the path of the order page.
    fn place_order(&self, number: usize) -> Option<String> {
        place_order(self.site(), &self.variant, number).unwrap()
    }

    fn log(&self) -> String {
        // Log lines are written asynchronously.
        std::thread::sleep(Duration::from_millis(200));
        std::fs::read_to_string(&self.log).unwrap()
    }

    fn log_in(&self) -> String {
        let response =
            send_request(self.site(), "POST", "/login", "", &[("email", OWNER), ("password", PASSWORD)]).unwrap();
        response.cookie().unwrap_or_else(|| panic!("no log-in: {}", response.text()))
    }

    /// Uploads a picture.
    fn upload(&self, cookie: &str) -> Response {
        let site = self.site();
        let mut body = b"--x\r\ncontent-disposition: form-data; name=\"files\"; filename=\"a.png\"\r\n\r\n".to_vec();
        body.extend_from_slice(&pictures::detailed_png(700, 500));
        body.extend_from_slice(b"\r\n--x--\r\n");
        let head = format!(
            "POST /admin/pictures HTTP/1.1\r\nhost: {site}\r\norigin: http://{site}\r\ncookie: {cookie}\r\n\
             content-type: multipart/form-data; boundary=x\r\n"
        );
        send_raw_bytes(site, &head, &body).unwrap()
    }

    fn wait_until_ready(&self, status: u16) -> Response {
        let started = Instant::now();
        loop {
            let ready = self.get("/readyz");
            if ready.status == status {
                return ready;
            }
            assert!(started.elapsed() < RECOVERY_LIMIT, "/readyz stays {}: {}", ready.status, ready.text());
            std::thread::sleep(TICK);
        }
    }

    fn is_refused(&self) {
        let refused = self.add();
        let text = refused.text();
        assert_eq!(refused.status, 503, "{text}");
        assert!(
            text.contains("The shop cannot take orders right now") && text.contains("Nothing was changed"),
            "{text}"
        );
        assert!(refused.header("retry-after").is_some());
    }

    fn end(mut self) {
        assert!(self.server.stop());
        let audit = run_with_input(command(&self.folder, None, &["audit"]), "");
        assert!(audit.status.success(), "{}{}", stdout_of(&audit), stderr_of(&audit));
    }
}

#[test]
fn a_removed_database_file_stops_orders_until_it_is_back() {
    if postgres_url().is_some() {
        return;
    }
    let folder = TempDir::new().unwrap();
    let shop = Shop::on(folder.path());
    let aside = folder.path().join("aside");
    let mut bought = vec![shop.place_order(0).unwrap()];
    let faults: [(&str, bool); 4] = [("", false), ("", true), ("-wal", false), ("-shm", true)];
    for (round, (ending, is_replaced)) in faults.into_iter().enumerate() {
        shop.wait_until_ready(200);
        std::fs::rename(shop.file(ending), &aside).unwrap();
        if is_replaced {
            std::fs::copy(&aside, shop.file(ending)).unwrap();
        }
        shop.is_refused();
        assert_eq!(shop.place_order(100 + round), None, "an order went into a file that is gone");
        let ready = shop.get("/readyz");
        assert_eq!((ready.status, ready.text().as_str()), (503, "not ready: the database file is gone\n"));
        assert_eq!(shop.get("/healthz").status, 200);
        assert_eq!(shop.file(ending).exists(), is_replaced, "a new file was made under the running site");
        std::fs::rename(&aside, shop.file(ending)).unwrap();
        shop.wait_until_ready(200);
        bought.push(shop.place_order(200 + round).expect("the file is back, and nobody can order"));
    }
    for path in &bought {
        assert_eq!(shop.get(path).status, 200, "{path} was confirmed and is lost");
    }
    let log = shop.log();
    assert_eq!(log.matches("database file removed or replaced").count(), 4, "once for each time: {log}");
    let line = log.lines().find(|line| line.contains("status=503")).unwrap();
    assert!(line.contains("request_id=") && line.contains("the database file is gone"), "{line}");
    shop.end();
}

#[test]
fn only_some_commands_create_a_database() {
    if postgres_url().is_some() {
        return;
    }
    let folder = TempDir::new().unwrap();
    let shop = Shop::on(folder.path());
    // Without its database the program does not start.
    shop.wait_until_ready(200);
    for ending in ["", "-wal", "-shm"] {
        std::fs::remove_file(shop.file(ending)).unwrap();
    }
    for path in ["/", "/search?q=mug", "/cart", "/products/mug", "/blog"] {
        let response = shop.get(path);
        assert!(matches!(response.status, 200 | 503), "{path}: {}", response.text());
    }
    shop.is_refused();
    for ending in ["", "-wal", "-shm"] {
        assert!(!shop.file(ending).exists(), "a new {ending} was made under the running site");
    }
}

/// A small file system, if this machine allows mounting one.
struct SmallDisk(TempDir);

impl SmallDisk {
    fn new() -> Option<SmallDisk> {
        let place = TempDir::new().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=32m,mode=0700", "tmpfs"])
            .arg(place.path())
            .output()
            .is_ok_and(|done| done.status.success());
        if !mounted {
            eprintln!("skipped: a small disk needs the right to mount one (root)");
        }
        mounted.then_some(SmallDisk(place))
    }

    fn fill(&self) -> PathBuf {
        let path = self.0.path().join("filler");
        let mut file = File::create(&path).unwrap();
        let piece = vec![0; 64 * 1024];
        while file.write_all(&piece).is_ok() {}
        let mut byte = [0];
        while file.write_all(&byte).is_ok() {
            byte[0] = 1;
        }
        path
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _unmounted = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

#[test]
fn a_full_disk_stops_orders_is_reported_and_recovers() {
    if postgres_url().is_some() {
        return;
    }
    let Some(disk) = SmallDisk::new() else { return };
    let folder = disk.0.path().join("data");
    std::fs::create_dir(&folder).unwrap();
    let shop = Shop::on(&folder);
    let owner = shop.log_in();
    let first = shop.place_order(0).unwrap();
    shop.wait_until_ready(200);
    let filler = disk.fill();
    let ready = shop.wait_until_ready(503);
    assert_eq!(ready.text(), "not ready: the disk is full\n");
    let started = Instant::now();
    // Small writes may still fit into the write-ahead log.
    while shop.add().status != 503 {
        assert!(started.elapsed() < RECOVERY_LIMIT, "the disk is full, but writes succeed");
    }
    shop.is_refused();
    let refused = shop.upload(&owner);
    assert_eq!(refused.status, 503, "{}", refused.text());
    assert!(refused.text().contains("The disk is full"), "{}", refused.text());
    assert_eq!(shop.get("/shop").status, 200, "looking goes on");
    let log = shop.log();
    let received =
        |line: &str| line.contains("status=503") && line.contains("request_id=") && line.contains("disk is full");
    assert!(log.lines().any(received), "{log}");
    std::fs::remove_file(filler).unwrap();
    shop.wait_until_ready(200);
    let second = shop.place_order(1).expect("there is room, and nobody can order");
    for path in [first, second] {
        assert_eq!(shop.get(&path).status, 200);
    }
    assert_eq!(shop.upload(&owner).status, 303);
    shop.end();
}

#[test]
fn a_missing_media_folder_is_a_temporary_error() {
    if postgres_url().is_some() {
        return;
    }
    let folder = TempDir::new().unwrap();
    let shop = Shop::on(folder.path());
    let owner = shop.log_in();
    for gone in ["media", "tmp"] {
        let (there, aside) = (folder.path().join(gone), folder.path().join("aside"));
        std::fs::rename(&there, &aside).unwrap();
        let refused = shop.upload(&owner);
        assert_eq!(refused.status, 503, "{gone}: {}", refused.text());
        assert!(refused.text().contains("The data folder cannot be used"), "{gone}: {}", refused.text());
        assert!(shop.place_order(if gone == "tmp" { 1 } else { 2 }).is_some(), "orders need no pictures");
        let ready = shop.get("/readyz");
        assert_eq!(ready.status, 200);
        assert_eq!(ready.text().contains("the media folder is missing"), gone == "media", "{}", ready.text());
        std::fs::rename(&aside, &there).unwrap();
    }
    assert_eq!(shop.upload(&owner).status, 303);
    shop.end();
}
