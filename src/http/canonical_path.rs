//! One spelling of each path (SECURITY.md S4). The router decodes `%61` to `a`, but code that compares the raw path does
//! not, so percent-encoded unreserved characters are never accepted (RFC 3986 §6.2.2.2).

use actix_web::http::{Method, Uri};

use crate::error::Error;

/// `Moved` to the canonical spelling for a page, `NotFound` for a form; `None` if the path is canonical.
pub(super) fn find_error(method: &Method, uri: &Uri) -> Option<Error> {
    let path = decode_unreserved(uri.path())?;
    let is_read = matches!(*method, Method::GET | Method::HEAD);
    // Browsers read `//` and `\` at the start of a `Location` as another host.
    let leads_away = path.starts_with("//") || path.contains('\\');
    Some(match (is_read && !leads_away, uri.query()) {
        (true, Some(query)) => Error::Moved(format!("{path}?{query}")),
        (true, None) => Error::Moved(path),
        (false, _) => Error::NotFound,
    })
}

/// The path with its encoded unreserved characters decoded; `None` if it has none.
fn decode_unreserved(path: &str) -> Option<String> {
    // Most paths have none, and this is called for each request.
    if !path.contains('%') {
        return None;
    }
    let mut decoded = String::with_capacity(path.len());
    let (mut rest, mut has_changed) = (path, false);
    while let Some((before, after)) = rest.split_once('%') {
        decoded.push_str(before);
        let code = after.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()).map(char::from);
        match code.filter(|code| code.is_ascii_alphanumeric() || "-._~".contains(*code)) {
            Some(character) => {
                decoded.push(character);
                has_changed = true;
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                decoded.push('%');
                rest = after;
            }
        }
    }
    decoded.push_str(rest);
    has_changed.then_some(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_unreserved_characters_are_decoded() {
        for (path, decoded) in [
            ("/", None),
            ("/shop/kaffee%20und%2ftee", None),
            ("/blog/%C3%BCber", None),
            ("/100%", None),
            ("/%2", None),
            ("/%zz%2541", None),
            ("/%61dmin", Some("/admin")),
            ("/a%2Db%2eC%5f%7E%39", Some("/a-b.C_~9")),
            ("/%C3%BC%41%", Some("/%C3%BCA%")),
        ] {
            assert_eq!(decode_unreserved(path).as_deref(), decoded, "{path}");
        }
    }

    #[test]
    fn r64_a_page_is_redirected_to_its_spelling_and_never_elsewhere() {
        let find = |method: Method, uri: &str| find_error(&method, &uri.parse().unwrap());
        assert!(find(Method::GET, "/admin?q=%61").is_none());
        assert!(matches!(find(Method::GET, "/%61dmin"), Some(Error::Moved(path)) if path == "/admin"));
        assert!(matches!(find(Method::HEAD, "/%61?q=%61"), Some(Error::Moved(path)) if path == "/a?q=%61"));
        assert!(matches!(find(Method::POST, "/%61dmin"), Some(Error::NotFound)));
        assert!(matches!(find(Method::GET, "//%65vil.example"), Some(Error::NotFound)));
        assert!(matches!(find(Method::GET, "/\\%65vil.example"), Some(Error::NotFound)));
    }
}
