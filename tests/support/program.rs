//! The built program as a process, and a minimal HTTP client.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use scraper::{Html, Selector};
use tradepost::db::{Conn, Database, WriteContext, migrations};
use tradepost::jobs::event_handler;
use tradepost::models::catalog::product::Product;
use tradepost::models::checkout::shipping_method;
use tradepost::models::checkout::tax_rate;
use tradepost::models::platform::event::Actor;
use tradepost::models::platform::setting::Settings;
use tradepost::support::clock::Clock;
use tradepost::support::token::{Random, SecretKey};

use super::builders::product_input;

/// A command of the program on a data folder; on PostgreSQL with a database's address as well.
pub fn command(data: &Path, database: Option<&str>, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tradepost"));
    command.args(arguments);
    apply_test_environment(command, data, database)
}

/// The command without settings of the test's environment.
fn apply_test_environment(mut command: Command, data: &Path, database: Option<&str>) -> Command {
    for (name, _) in std::env::vars().filter(|(name, _)| {
        name.starts_with("TRADEPOST_") || name.starts_with("STRIPE_") || name.starts_with("SMTP_URL")
    }) {
        command.env_remove(name);
    }
    command.env_remove("DATABASE_URL").env("TRADEPOST_DATA", data).env("TRADEPOST_LOG", "warn").current_dir(data);
    if let Some(url) = database {
        command.env("DATABASE_URL", url);
    }
    command
}

/// Creates an open shop with plenty of mugs in a data folder or database; returns the variant's public id.
pub fn seed_stocked_shop(data: &Path, database: Option<&str>) -> String {
    let file = format!("sqlite://{}", data.join("tradepost.db").display());
    let url = database.unwrap_or(&file);
    migrations::run(&mut Conn::open(url, false).unwrap()).unwrap();
    let means = WriteContext {
        clock: Clock::System,
        random: Random::System,
        secret_key: SecretKey::new([7; 32]),
        event_handler: event_handler::handle_event,
    };
    let db = Database::open(url, 2, means).unwrap();
    let item = actix_web::rt::System::new().block_on(db.write(|tx| {
        let settings = Settings { is_set_up: true, bank_account: "IBAN DE02".to_owned(), ..Settings::default() };
        tax_rate::create_defaults(tx, "DE", settings.locale)?;
        shipping_method::create_defaults(tx, "DE", settings.currency, settings.locale)?;
        settings.save(tx)?;
        let product = Product::create(tx, &product_input("Mug", 50_000), &Actor::CommandLine)?;
        Ok(Product::find(tx.conn(), &product.public_id)?.1)
    }));
    item.unwrap().public_id
}

/// Runs a command with input on standard input.
pub fn run_with_input(mut command: Command, input: &str) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().unwrap();
    // The command may have exited without reading.
    let _read = stdin.write_all(input.as_bytes());
    drop(stdin);
    child.wait_with_output().unwrap()
}

pub fn stdout_of(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub fn stderr_of(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A running server, killed on drop.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
    /// The output up to the line with its address.
    pub startup_output: Vec<String>,
    /// The output after that.
    says: Mutex<Receiver<String>>,
}

impl Server {
    /// Starts the server on a free port and waits until it listens.
    pub fn start(data: &Path, database: Option<&str>, arguments: &[&str]) -> Server {
        Server::spawn(&mut command(data, database, arguments)).expect("the server ended before it listened")
    }

    /// Starts the server on a socket that was opened before, as systemd hands one over (sd_listen_fds(3)).
    pub fn start_on_socket(data: &Path, database: Option<&str>, socket: &TcpListener) -> Server {
        // `LISTEN_PID` must be the process's id, so a shell sets it and execs the program.
        let script = "exec 3<&0 0</dev/null; LISTEN_FDS=1 LISTEN_PID=$$ exec \"$0\"";
        let mut command = Command::new("sh");
        command.args(["-c", script, env!("CARGO_BIN_EXE_tradepost")]);
        let mut command = apply_test_environment(command, data, database);
        command.stdin(OwnedFd::from(socket.try_clone().unwrap()));
        Server::spawn(&mut command).expect("the server ended before it listened")
    }

    /// Starts the server and waits until it listens; `None` if it exits.
    pub fn spawn(command: &mut Command) -> Option<Server> {
        let mut child = command.env("TRADEPOST_BIND", "127.0.0.1:0").stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut output_lines = Vec::new();
        let address = loop {
            let Some(Ok(line)) = lines.next() else {
                child.wait().unwrap();
                return None;
            };
            output_lines.push(line.clone());
            if let Some((_, at)) = line.split_once("http://") {
                let address = at.split('/').next().unwrap().replace("localhost", "127.0.0.1");
                break address.parse().unwrap();
            }
        };
        let (tell, says) = channel();
        // Its output must be read, or it would block.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(|line| drop(tell.send(line))));
        Some(Server { child, address, startup_output: output_lines, says: Mutex::new(says) })
    }

    /// Waits for a line that contains `words`, and returns what follows them.
    pub fn wait_for_output(&self, words: &str) -> String {
        loop {
            let line = self.says.lock().unwrap().recv_timeout(Duration::from_secs(30));
            let line = line.unwrap_or_else(|_| panic!("it does not say {words:?}"));
            if let Some((_, rest)) = line.split_once(words) {
                return rest.to_owned();
            }
        }
    }

    /// Stops it and waits; returns whether it exited successfully.
    pub fn stop(&mut self) -> bool {
        self.send_signal("TERM");
        self.child.wait().unwrap().success()
    }

    /// Sends a signal by name.
    pub fn send_signal(&self, name: &str) {
        let status = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// Closes the reading end of its log pipe.
    pub fn close_stderr(&mut self) {
        drop(self.child.stderr.take());
    }

    /// The number of its open sockets, including listening ones.
    pub fn open_socket_count(&self) -> usize {
        let all = std::fs::read_dir(format!("/proc/{}/fd", self.child.id())).unwrap();
        let is_socket =
            |at: std::path::PathBuf| std::fs::read_link(at).is_ok_and(|to| to.to_string_lossy().starts_with("socket:"));
        all.filter(|entry| entry.as_ref().is_ok_and(|entry| is_socket(entry.path()))).count()
    }

    /// Whether it has exited.
    pub fn has_exited(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Kills it, like a power cut.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _gone = self.child.wait();
    }
}

/// A response.
pub struct Response {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Response {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Its cookies, as a `Cookie` header.
    pub fn cookie(&self) -> Option<String> {
        let lines = self.head.lines().filter_map(|line| line.split_once(':'));
        let given = lines.filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
        let given: Vec<&str> = given.filter_map(|(_, value)| value.trim().split(';').next()).collect();
        (!given.is_empty()).then(|| given.join("; "))
    }

    /// An attribute of all matches.
    pub fn attributes(&self, css: &str, attribute: &str) -> Vec<String> {
        let html = Html::parse_document(&self.text());
        let selector = Selector::parse(css).unwrap();
        html.select(&selector).filter_map(|one| one.attr(attribute).map(str::to_owned)).collect()
    }

    /// The value of a field.
    pub fn field_value(&self, name: &str) -> String {
        self.attributes(&format!("input[name={name}]"), "value").into_iter().next().unwrap_or_default()
    }
}

/// Sends a request on a new connection; an error if the server disconnects.
pub fn send_request(
    server: SocketAddr,
    method: &str,
    path: &str,
    cookie: &str,
    form: &[(&str, &str)],
) -> std::io::Result<Response> {
    send_request_from("", server, server, method, path, cookie, form)
}

/// Sends a request to one of several servers of a site under the address `site`; from a client address,
/// as through a local proxy, unless that is empty.
pub fn send_request_from(
    from: &str,
    server: SocketAddr,
    site: SocketAddr,
    method: &str,
    path: &str,
    cookie: &str,
    form: &[(&str, &str)],
) -> std::io::Result<Response> {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let mut head = format!("{method} {path} HTTP/1.1\r\nhost: {site}\r\norigin: http://{site}\r\n");
    if !from.is_empty() {
        head.push_str(&format!("x-forwarded-for: {from}\r\n"));
    }
    if !cookie.is_empty() {
        head.push_str(&format!("cookie: {cookie}\r\n"));
    }
    if method == "POST" {
        head.push_str("content-type: application/x-www-form-urlencoded\r\n");
    }
    send_raw(server, &head, &body)
}

/// Sends a head and a body, and reads the response.
pub fn send_raw(server: SocketAddr, head: &str, body: &str) -> std::io::Result<Response> {
    send_raw_bytes(server, head, body.as_bytes())
}

/// The same with any bytes.
pub fn send_raw_bytes(server: SocketAddr, head: &str, body: &[u8]) -> std::io::Result<Response> {
    let mut stream = TcpStream::connect(server)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let length = if head.starts_with("POST") { format!("content-length: {}\r\n", body.len()) } else { String::new() };
    let request = format!("{head}{length}connection: close\r\n");
    stream.write_all(&[request.as_bytes(), b"\r\n", body].concat())?;
    let mut response = Vec::new();
    stream.read_to_end(&mut response)?;
    let broken = || std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
    let end = response.windows(4).position(|bytes| bytes == b"\r\n\r\n").ok_or_else(broken)?;
    let head = String::from_utf8_lossy(&response[..end]).into_owned();
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(broken)?;
    Ok(Response { status, head, body: response[end + 4..].to_vec() })
}
