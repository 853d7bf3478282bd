//! A browser without scripts: keeps cookies, follows redirects, and submits forms.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::rc::Rc;

use actix_web::body::to_bytes;
use actix_web::cookie::Cookie;
use actix_web::http::Method;
use actix_web::test::TestRequest;

use super::html::Page;
use super::shop::Service;

/// The host of a site that only this machine can reach.
const LOCAL_HOST: &str = "127.0.0.1";
const BOUNDARY: &str = "----a-boundary-that-no-file-contains";

#[derive(Clone)]
pub struct Browser(Rc<Inner>);

struct Inner {
    service: Service,
    host: Cell<&'static str>,
    cookies: RefCell<BTreeMap<String, String>>,
    peer: Cell<SocketAddr>,
}

/// One control of a form.
#[derive(Clone)]
pub struct Control {
    pub name: String,
    pub kind: String,
    pub value: Option<String>,
    pub options: Vec<String>,
}

/// A form that is being filled in.
#[derive(Clone)]
pub struct Form {
    pub browser: Browser,
    pub action: String,
    pub multipart: bool,
    pub submitter: Option<(String, String)>,
    pub controls: Vec<Control>,
    pub files: Vec<(String, String, Vec<u8>)>,
}

impl Browser {
    pub fn new(service: Service) -> Browser {
        let peer = Cell::new(SocketAddr::from(([127, 0, 0, 1], 50_000)));
        Browser(Rc::new(Inner { service, host: Cell::new(LOCAL_HOST), cookies: RefCell::default(), peer }))
    }

    /// The same browser, for a site with this host.
    pub fn with_host(self, host: &'static str) -> Browser {
        self.0.host.set(host);
        self
    }

    fn origin(&self) -> String {
        format!("http://{}", self.0.host.get())
    }

    /// The same browser with another client address.
    pub fn with_ipv4(self, address: [u8; 4]) -> Browser {
        self.0.peer.set(SocketAddr::from((address, 50_000)));
        self
    }

    /// The same browser with any client address.
    pub fn with_ip(self, address: &str) -> Browser {
        self.0.peer.set(SocketAddr::new(address.parse().unwrap(), 50_000));
        self
    }

    /// Another browser with the same client address.
    pub fn new_on_same_ip(&self) -> Browser {
        Browser::new(self.0.service.clone()).with_host(self.0.host.get()).with_ip(&self.0.peer.get().ip().to_string())
    }

    /// Sets a cookie.
    pub fn set_cookie(&self, name: &str, value: &str) {
        self.0.cookies.borrow_mut().insert(name.to_owned(), value.to_owned());
    }

    /// Removes a cookie.
    pub fn remove_cookie(&self, name: &str) {
        self.0.cookies.borrow_mut().remove(name);
    }

    pub fn cookies(&self) -> BTreeMap<String, String> {
        self.0.cookies.borrow().clone()
    }

    /// Another browser with a copy of the cookies.
    pub fn with_same_cookies(&self) -> Browser {
        let twin = Browser::new(self.0.service.clone()).with_host(self.0.host.get());
        *twin.0.cookies.borrow_mut() = self.cookies();
        twin
    }

    /// The same browser and cookies on another service.
    pub fn on_service(&self, service: &Service) -> Browser {
        let there = Browser::new(service.clone()).with_host(self.0.host.get());
        *there.0.cookies.borrow_mut() = self.cookies();
        there
    }

    /// Opens a page and follows redirects.
    pub async fn get(&self, path: &str) -> Page {
        let page = self.get_without_redirect(path).await;
        self.follow_redirects(page).await
    }

    /// Opens an address without following redirects.
    pub async fn get_without_redirect(&self, path: &str) -> Page {
        self.send(Method::GET, path, &[], Vec::new()).await
    }

    /// Posts fields without following redirects.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let origin = self.origin();
        let headers = [("content-type", "application/x-www-form-urlencoded"), ("origin", origin.as_str())];
        self.send(Method::POST, path, &headers, body.into_bytes()).await
    }

    /// Sends a request.
    pub async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Page {
        let mut request = TestRequest::default().method(method).uri(path).peer_addr(self.0.peer.get());
        request = request.insert_header(("host", self.0.host.get()));
        for (name, value) in self.cookies() {
            request = request.cookie(Cookie::new(name, value));
        }
        for header in headers {
            request = request.insert_header(*header);
        }
        let response = (self.0.service)(request.set_payload(body)).await;
        for cookie in response.response().cookies() {
            let gone = cookie.max_age().is_some_and(|age| age.is_zero()) || cookie.value().is_empty();
            let mut cookies = self.0.cookies.borrow_mut();
            match gone {
                true => cookies.remove(cookie.name()),
                false => cookies.insert(cookie.name().to_owned(), cookie.value().to_owned()),
            };
        }
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = to_bytes(response.into_body()).await.unwrap_or_else(|_| panic!("the body of {path} broke off"));
        Page::new(self.clone(), status, path.to_owned(), headers, body.to_vec())
    }

    /// Follows redirects to a page.
    pub async fn follow_redirects(&self, mut page: Page) -> Page {
        for _ in 0..10 {
            if !matches!(page.status, 301 | 302 | 303 | 307 | 308) {
                return page;
            }
            let path = page.location().to_owned();
            page = self.get_without_redirect(path.strip_prefix(&self.origin()).unwrap_or(&path)).await;
        }
        panic!("{} goes round in circles", page.path)
    }

    /// Fills in the log-in page.
    pub async fn log_in(&self, email: &str, password: &str) -> Page {
        self.get("/login").await.form("Log in").fill("email", email).fill("password", password).submit().await
    }
}

impl Form {
    /// Types into a field.
    #[track_caller]
    pub fn fill(mut self, name: &str, value: &str) -> Form {
        let known: Vec<String> = self.controls.iter().map(|control| control.name.clone()).collect();
        let field = self.controls.iter_mut().find(|control| control.name == name);
        let field = field.unwrap_or_else(|| panic!("the form has no field {name}, only {known:?}"));
        assert!(!matches!(field.kind.as_str(), "radio" | "checkbox" | "file"), "{name} is not for typing");
        field.value = Some(value.to_owned());
        self
    }

    /// Types into several fields.
    #[track_caller]
    pub fn fill_all(mut self, fields: &[(&str, &str)]) -> Form {
        for (name, value) in fields {
            self = self.fill(name, value);
        }
        self
    }

    /// Chooses a radio button or an option.
    #[track_caller]
    pub fn choose(mut self, name: &str, value: &str) -> Form {
        let mut found = false;
        for control in self.controls.iter_mut().filter(|control| control.name == name) {
            let offers = control.options.iter().any(|choice| choice == value);
            found |= offers;
            control.value = offers.then(|| value.to_owned());
        }
        assert!(found, "{name} does not offer {value}");
        self
    }

    /// Unchecks a checkbox.
    #[track_caller]
    pub fn uncheck(mut self, name: &str) -> Form {
        let is_box = |control: &&mut Control| control.name == name && control.kind == "checkbox";
        let control = self.controls.iter_mut().find(is_box);
        control.unwrap_or_else(|| panic!("the form has no box {name}")).value = None;
        self
    }

    /// Puts a file into a file field.
    #[track_caller]
    pub fn attach_file(mut self, name: &str, file_name: &str, bytes: &[u8]) -> Form {
        assert!(self.multipart, "the form takes no files");
        assert!(self.controls.iter().any(|c| c.name == name && c.kind == "file"), "the form has no file field {name}");
        self.files.push((name.to_owned(), file_name.to_owned(), bytes.to_vec()));
        self
    }

    /// The fields that would be sent.
    pub fn fields(&self) -> Vec<(String, String)> {
        let typed = self.controls.iter().filter_map(|control| Some((control.name.clone(), control.value.clone()?)));
        typed.chain(self.submitter.clone()).collect()
    }

    /// Submits the form and follows redirects.
    pub async fn submit(self) -> Page {
        let browser = self.browser.clone();
        let page = self.submit_without_redirect().await;
        browser.follow_redirects(page).await
    }

    /// Submits the form without following redirects.
    pub async fn submit_without_redirect(self) -> Page {
        let fields = self.fields();
        if !self.multipart {
            let fields: Vec<(&str, &str)> =
                fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            return self.browser.post(&self.action, &fields).await;
        }
        let mut body = Vec::new();
        for (name, value) in &fields {
            let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend_from_slice(head.as_bytes());
        }
        for control in self.controls.iter().filter(|control| control.kind == "file") {
            let chosen: Vec<_> = self.files.iter().filter(|(name, ..)| *name == control.name).collect();
            if chosen.is_empty() {
                body.extend_from_slice(&part(&control.name, "", &[]));
            }
            for (name, file_name, bytes) in chosen {
                body.extend_from_slice(&part(name, file_name, bytes));
            }
        }
        body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        let origin = self.browser.origin();
        let headers = [("content-type", kind.as_str()), ("origin", origin.as_str())];
        self.browser.send(Method::POST, &self.action, &headers, body).await
    }
}

fn part(name: &str, file_name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut part = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file_name}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    )
    .into_bytes();
    part.extend_from_slice(bytes);
    part.extend_from_slice(b"\r\n");
    part
}
