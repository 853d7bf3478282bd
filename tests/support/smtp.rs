//! What stands in for a mail server: one that does its work, or one of the ways in which real ones do not.

use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use tradepost::adapters::mail::Mailer;

/// How it treats whoever connects. What it answers is a reply without its line end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmtpBehaviour {
    /// It takes all letters.
    AcceptsAll,
    /// It accepts connections and never says a word.
    NeverGreets,
    /// It greets and says nothing more.
    SilentAfterGreeting,
    /// It takes the letter and never says that it has.
    SilentAfterData,
    /// Each of its words takes for ever to arrive.
    TricklesGreeting,
    /// It turns everybody away.
    GreetsWith(&'static str),
    /// It answers so to `MAIL`.
    AnswersMail(&'static str),
    /// It answers so to `RCPT`.
    AnswersRcpt(&'static str),
    /// It answers so to `DATA`.
    AnswersData(&'static str),
    /// It answers so when it has the whole letter.
    AnswersContent(&'static str),
    /// It has the whole letter, and is gone.
    DropsBeforeAccepting,
    /// It has taken the letter, and is gone before it says so.
    DropsAfterAccepting,
}

/// A letter that it took.
#[derive(Clone, Debug)]
pub struct ReceivedEmail {
    /// What the client called itself.
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
    manner: Option<SmtpBehaviour>,
    taken: Vec<ReceivedEmail>,
    connections: Vec<TcpStream>,
    met: usize,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

/// The stand-in. It ends with the process.
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

    /// The site's way to it, and how long it waits.
    pub fn mailer(&self, patience: Duration) -> Mailer {
        Mailer::with_timeout(Some(&self.url()), &"https://shop.kestrel.de".parse().unwrap(), patience).unwrap()
    }

    /// How it behaves to who connects from now on; who is connected is cut off.
    pub fn set_behaviour(&self, manner: SmtpBehaviour) {
        let mut state = self.shared.state.lock().unwrap();
        state.manner = Some(manner);
        state.met = 0;
        for connection in state.connections.drain(..) {
            let _gone = connection.shutdown(Shutdown::Both);
        }
        self.shared.changed.notify_all();
    }

    /// What it took, in order.
    pub fn received(&self) -> Vec<ReceivedEmail> {
        self.shared.state.lock().unwrap().taken.clone()
    }

    /// Waits until so many clients have connected since its manner was set.
    pub fn wait_for_clients(&self, clients: usize) {
        let state = self.shared.state.lock().unwrap();
        let patience = Duration::from_secs(60);
        let (state, late) =
            self.shared.changed.wait_timeout_while(state, patience, |state| state.met < clients).unwrap();
        assert!(!late.timed_out(), "{} of {clients} clients have come", state.met);
    }
}

impl Shared {
    fn serve(&self, stream: TcpStream) -> std::io::Result<()> {
        let manner = {
            let mut state = self.state.lock().unwrap();
            state.connections.push(stream.try_clone()?);
            state.met += 1;
            self.changed.notify_all();
            state.manner.unwrap_or(SmtpBehaviour::AcceptsAll)
        };
        let mut lines = BufReader::new(stream.try_clone()?);
        let mut answer = stream;
        let mut say = |words: &str| answer.write_all(format!("{words}\r\n").as_bytes());
        match manner {
            SmtpBehaviour::NeverGreets => return silent(&mut lines),
            SmtpBehaviour::GreetsWith(reply) => return say(reply),
            SmtpBehaviour::TricklesGreeting => loop {
                answer.write_all(b"2")?;
                std::thread::sleep(Duration::from_millis(500));
            },
            _ => say("220 mail.example ESMTP")?,
        }
        if manner == SmtpBehaviour::SilentAfterGreeting {
            return silent(&mut lines);
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
                "MAIL" => match manner {
                    SmtpBehaviour::AnswersMail(reply) => say(reply)?,
                    _ => say("250 2.1.0 Sender ok")?,
                },
                "RCPT" => match manner {
                    SmtpBehaviour::AnswersRcpt(reply) => say(reply)?,
                    _ => {
                        to = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                        say("250 2.1.5 Recipient ok")?;
                    }
                },
                "DATA" => {
                    if let SmtpBehaviour::AnswersData(reply) = manner {
                        say(reply)?;
                        continue;
                    }
                    say("354 Go on")?;
                    let text = letter(&mut lines)?;
                    match manner {
                        SmtpBehaviour::AnswersContent(reply) => {
                            say(reply)?;
                            continue;
                        }
                        SmtpBehaviour::SilentAfterData => return silent(&mut lines),
                        SmtpBehaviour::DropsBeforeAccepting => return Ok(()),
                        _ => {}
                    }
                    let mut state = self.state.lock().unwrap();
                    state.taken.push(ReceivedEmail { client_name: hello.clone(), to: to.clone(), text });
                    self.changed.notify_all();
                    drop(state);
                    if manner == SmtpBehaviour::DropsAfterAccepting {
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

/// Reads whatever comes and says nothing, until the other side goes.
fn silent(lines: &mut BufReader<TcpStream>) -> std::io::Result<()> {
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line)? > 0 {
        line.clear();
    }
    Ok(())
}

/// A letter up to the line that is a dot alone.
fn letter(lines: &mut BufReader<TcpStream>) -> std::io::Result<String> {
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
