//! A fake SMTP server that works, or fails in the ways of real ones.

use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use tradepost::adapters::mail::Mailer;

/// How it treats clients. Replies have no line end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmtpBehaviour {
    /// Accepts all emails.
    AcceptsAll,
    /// Accepts connections and never greets.
    NeverGreets,
    /// Greets, and then stays silent.
    SilentAfterGreeting,
    /// Takes the email and never acknowledges it.
    SilentAfterData,
    /// Trickles each reply.
    TricklesGreeting,
    /// Refuses all clients.
    GreetsWith(&'static str),
    /// Replies so to `MAIL`.
    AnswersMail(&'static str),
    /// Replies so to `RCPT`.
    AnswersRcpt(&'static str),
    /// Replies so to `DATA`.
    AnswersData(&'static str),
    /// Replies so after the message.
    AnswersContent(&'static str),
    /// Disconnects after the message, without storing it.
    DropsBeforeAccepting,
    /// Stores the message, and disconnects without a reply.
    DropsAfterAccepting,
}

/// A received email.
#[derive(Clone, Debug)]
pub struct ReceivedEmail {
    /// The client's name in `EHLO`.
    pub client_name: String,
    pub to: String,
    pub text: String,
}

impl ReceivedEmail {
    pub fn header(&self, name: &str) -> Option<&str> {
        let (head, _) = self.text.split_once("\r\n\r\n")?;
        head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

#[derive(Default)]
struct State {
    behaviour: Option<SmtpBehaviour>,
    received_emails: Vec<ReceivedEmail>,
    connections: Vec<TcpStream>,
    met: usize,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

/// The server; it ends with the process.
pub struct FakeSmtpServer {
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

impl FakeSmtpServer {
    pub fn start() -> FakeSmtpServer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, shared) = (listener.local_addr().unwrap(), Arc::new(Shared::default()));
        let server = shared.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let server = server.clone();
                std::thread::spawn(move || {
                    let end = stream.try_clone();
                    drop(server.serve(stream));
                    // A copy of it is kept, which would hold it open.
                    end.map(|end| end.shutdown(Shutdown::Both))
                });
            }
        });
        FakeSmtpServer { address, shared }
    }

    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// A mailer for this server with a timeout.
    pub fn mailer(&self, timeout: Duration) -> Mailer {
        Mailer::with_timeout(Some(&self.url()), &"https://shop.kestrel.de".parse().unwrap(), timeout).unwrap()
    }

    /// Sets the behaviour towards new clients; disconnects current ones.
    pub fn set_behaviour(&self, behaviour: SmtpBehaviour) {
        let mut state = self.shared.state.lock().unwrap();
        state.behaviour = Some(behaviour);
        state.met = 0;
        for connection in state.connections.drain(..) {
            let _gone = connection.shutdown(Shutdown::Both);
        }
        self.shared.changed.notify_all();
    }

    /// The received emails, in order.
    pub fn received(&self) -> Vec<ReceivedEmail> {
        self.shared.state.lock().unwrap().received_emails.clone()
    }

    /// Waits until `clients` have connected since the behaviour was set.
    pub fn wait_for_clients(&self, clients: usize) {
        let state = self.shared.state.lock().unwrap();
        let timeout = Duration::from_secs(60);
        let (state, received) =
            self.shared.changed.wait_timeout_while(state, timeout, |state| state.met < clients).unwrap();
        assert!(!received.timed_out(), "{} of {clients} clients have come", state.met);
    }
}

impl Shared {
    fn serve(&self, stream: TcpStream) -> std::io::Result<()> {
        let behaviour = {
            let mut state = self.state.lock().unwrap();
            state.connections.push(stream.try_clone()?);
            state.met += 1;
            self.changed.notify_all();
            state.behaviour.unwrap_or(SmtpBehaviour::AcceptsAll)
        };
        let mut lines = BufReader::new(stream.try_clone()?);
        let mut response = stream;
        let mut say = |words: &str| response.write_all(format!("{words}\r\n").as_bytes());
        match behaviour {
            SmtpBehaviour::NeverGreets => return discard_input(&mut lines),
            SmtpBehaviour::GreetsWith(reply) => return say(reply),
            SmtpBehaviour::TricklesGreeting => loop {
                response.write_all(b"2")?;
                std::thread::sleep(Duration::from_millis(500));
            },
            _ => say("220 mail.example ESMTP")?,
        }
        if behaviour == SmtpBehaviour::SilentAfterGreeting {
            return discard_input(&mut lines);
        }
        let (mut hello, mut to) = (String::new(), String::new());
        loop {
            let mut line = String::new();
            if lines.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let line = line.trim_end().to_owned();
            match line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase().as_str() {
                "EHLO" => {
                    hello = line[5..].to_owned();
                    say("250-mail.example\r\n250 8BITMIME")?;
                }
                "MAIL" => match behaviour {
                    SmtpBehaviour::AnswersMail(reply) => say(reply)?,
                    _ => say("250 2.1.0 Sender ok")?,
                },
                "RCPT" => match behaviour {
                    SmtpBehaviour::AnswersRcpt(reply) => say(reply)?,
                    _ => {
                        to = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                        say("250 2.1.5 Recipient ok")?;
                    }
                },
                "DATA" => {
                    if let SmtpBehaviour::AnswersData(reply) = behaviour {
                        say(reply)?;
                        continue;
                    }
                    say("354 Go on")?;
                    let text = read_message(&mut lines)?;
                    match behaviour {
                        SmtpBehaviour::AnswersContent(reply) => {
                            say(reply)?;
                            continue;
                        }
                        SmtpBehaviour::SilentAfterData => return discard_input(&mut lines),
                        SmtpBehaviour::DropsBeforeAccepting => return Ok(()),
                        _ => {}
                    }
                    let mut state = self.state.lock().unwrap();
                    state.received_emails.push(ReceivedEmail { client_name: hello.clone(), to: to.clone(), text });
                    self.changed.notify_all();
                    drop(state);
                    if behaviour == SmtpBehaviour::DropsAfterAccepting {
                        return Ok(());
                    }
                    say("250 2.0.0 Taken")?;
                }
                "QUIT" => return say("221 2.0.0 Bye"),
                _ => say("250 2.0.0 Ok")?,
            }
        }
    }
}

/// Discards input until the client disconnects.
fn discard_input(lines: &mut BufReader<TcpStream>) -> std::io::Result<()> {
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line)? > 0 {
        line.clear();
    }
    Ok(())
}

/// Reads a message up to the final dot.
fn read_message(lines: &mut BufReader<TcpStream>) -> std::io::Result<String> {
    let mut text = String::new();
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if line == ".\r\n" {
            return Ok(text);
        }
        text.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}
