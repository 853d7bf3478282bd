//! Calls to other servers: only adapters make them, to configured hosts, and they follow no redirect.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpListener;

use tradepost::adapters::vies::VatRegister;

use crate::architecture::files;

#[actix_web::test]
async fn r43_outgoing_calls_follow_no_redirect() {
    let (asked, other) = (TcpListener::bind("127.0.0.1:0").unwrap(), TcpListener::bind("127.0.0.1:0").unwrap());
    let (base, target) = (asked.local_addr().unwrap(), other.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut stream, _) = asked.accept().unwrap();
        let mut request = [0; 1024];
        assert!(stream.read(&mut request).unwrap() > 0);
        let response = format!(
            "HTTP/1.1 302 Found\r\nLocation: http://{target}/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(response.as_bytes()).unwrap();
    });
    let register = VatRegister::with_base_url(format!("http://{base}/").parse().unwrap()).unwrap();
    assert!(register.look_up("ATU12345675").await.is_err());
    server.join().unwrap();
    other.set_nonblocking(true).unwrap();
    assert_eq!(other.accept().unwrap_err().kind(), ErrorKind::WouldBlock, "the redirect was followed");
}

#[test]
fn r43_only_adapters_call_other_servers() {
    let mut found = Vec::new();
    for source in files("src", &[".rs"]).unwrap() {
        if source.path.starts_with("src/adapters/") {
            continue;
        }
        for client in ["reqwest::", "TcpStream::connect", "UdpSocket", "lettre::transport", "SmtpTransport"] {
            if source.text.contains(client) {
                found.push(format!("{}: {client}", source.path));
            }
        }
    }
    assert_eq!(found, Vec::<String>::new());
}
