//! Idempotency of forms. Each form of a personal page gets a random token; its result is stored with the token in the
//! same transaction, and a repeated submission gets the stored result.

use std::pin::Pin;

use memchr::{memchr, memmem};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::guards::{SignedIn, Staff, Visitor};
use super::reply::Reply;
use crate::db::Tx;
use crate::error::Result;
use crate::forms::Fields;
use crate::models::platform::form_submission::{FormSubmission, SubmissionStatus};
use crate::support::token;
use crate::views::Flash;

/// Name of the hidden field.
pub const TOKEN_FIELD: &str = "once";

/// The token of a submission, and a hash of its fields to detect a repeat with other values.
#[derive(Clone, Debug, Default)]
pub struct FormToken {
    token_value: Option<String>,
    body: String,
    route: String,
}

impl FormToken {
    /// Removes the token from the fields; `files` describes uploads for the hash, and `route` is the request's path.
    pub fn from_fields(fields: &mut Fields, files: &str, route: &str) -> FormToken {
        let token_value = fields.remove(TOKEN_FIELD).filter(|token_value| !token_value.is_empty());
        let mut body = Sha256::new();
        let mut hash_text = |text: &str| {
            body.update(text.len().to_be_bytes());
            body.update(text);
        };
        if token_value.is_some() {
            for name in fields.names() {
                for value in fields.values(name) {
                    hash_text(name);
                    hash_text(value);
                }
            }
            hash_text(files);
        }
        FormToken { token_value, body: token::sha256_hex(body.finalize()), route: route.to_owned() }
    }

    /// The token as sent, a secret of the form; `None` from a script. It is not stored.
    pub fn value(&self) -> Option<&str> {
        self.token_value.as_deref()
    }

    fn submission(&self, owner: String) -> Option<FormSubmission> {
        let token_value = self.token_value.as_ref()?;
        let (body_hash, route) = (self.body.clone(), self.route.clone());
        Some(FormSubmission {
            token_hash: token::sha256_hex(format!("{token_value} {route}")),
            body_hash,
            owner,
            route,
        })
    }
}

#[derive(Serialize, Deserialize)]
struct StoredReply {
    // The name in replies that are stored already.
    #[serde(rename = "see")]
    path: String,
    flash: Option<Flash>,
}

/// A client that submits forms, to whom stored replies belong.
pub trait FormSender {
    /// Owner of stored replies: only the same owner gets them back.
    fn owner(&self) -> String;

    /// The underlying visitor.
    fn as_visitor(&self) -> &Visitor;

    /// What to answer before the form may be processed, such as a question for the password; `None` if it may.
    fn challenge<'a>(
        &'a self,
        _fields: &'a Fields,
        _token: &'a FormToken,
    ) -> Pin<Box<dyn Future<Output = Result<Option<Reply>>> + 'a>> {
        Box::pin(std::future::ready(Ok(None)))
    }

    /// The stored reply, if this form was processed before.
    fn find_reply(&self, token: &FormToken) -> Pin<Box<dyn Future<Output = Result<Option<Reply>>> + '_>> {
        let stored = load_result::<StoredReply>(self.as_visitor(), token.submission(self.owner()));
        Box::pin(
            async move { Ok(stored.await?.map(|StoredReply { path, flash }| Reply::redirect_with_flash(path, flash))) },
        )
    }
}

impl FormSender for Visitor {
    /// Empty: a buyer's paths contain secrets already.
    fn owner(&self) -> String {
        String::new()
    }

    fn as_visitor(&self) -> &Visitor {
        self
    }
}

impl FormSender for SignedIn {
    fn owner(&self) -> String {
        format!("account {}", self.member.account.id)
    }

    fn as_visitor(&self) -> &Visitor {
        &self.visitor
    }
}

impl<P> FormSender for Staff<P> {
    fn owner(&self) -> String {
        SignedIn::owner(self)
    }

    fn as_visitor(&self) -> &Visitor {
        SignedIn::as_visitor(self)
    }
}

/// The stored result; `None` if the form is new, has other values, or the result has another type.
async fn load_result<T: DeserializeOwned>(visitor: &Visitor, form: Option<FormSubmission>) -> Result<Option<T>> {
    let Some(form) = form else { return Ok(None) };
    match visitor.app().db.read_inline(move |conn| form.find_status(conn)).await? {
        SubmissionStatus::Completed(result) => Ok(serde_json::from_str(&result).ok()),
        SubmissionStatus::New | SubmissionStatus::Conflicting => Ok(None),
    }
}

/// Runs `work` once per form and stores its result; a repeat returns the stored one.
async fn run_once<T: Serialize + DeserializeOwned + Send + 'static>(
    visitor: &Visitor,
    form: Option<FormSubmission>,
    mut work: impl FnMut(&mut Tx<'_>) -> Result<T> + Send + 'static,
) -> Result<T> {
    let Some(form) = form else { return visitor.write(work).await };
    let result = visitor.write(move |tx| form.run_once(tx, |tx| Ok(serde_json::to_string(&work(tx)?)?)));
    Ok(serde_json::from_str(&result.await?)?)
}

impl Visitor {
    /// Runs `work` in a write transaction and stores its reply, which a repeated form gets; `AlreadySubmitted` if the
    /// repeated form has other values.
    pub async fn write_once(
        &self,
        token: &FormToken,
        work: impl FnMut(&mut Tx<'_>) -> Result<Reply> + Send + 'static,
    ) -> Result<Reply> {
        write_once(self, token.submission(self.owner()), work).await
    }

    /// [`Visitor::write_once`] for results that are not a redirect; only `owner` gets them back.
    pub async fn keep_once<T: Serialize + DeserializeOwned + Send + 'static>(
        &self,
        token: &FormToken,
        owner: String,
        work: impl FnMut(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        run_once(self, token.submission(owner), work).await
    }

    /// The result that [`Visitor::keep_once`] stored for this form, if any.
    pub async fn find_kept_result<T: DeserializeOwned>(&self, token: &FormToken, owner: String) -> Result<Option<T>> {
        load_result(self, token.submission(owner)).await
    }
}

impl SignedIn {
    /// [`Visitor::write_once`] for this account.
    pub async fn write_once(
        &self,
        token: &FormToken,
        work: impl FnMut(&mut Tx<'_>) -> Result<Reply> + Send + 'static,
    ) -> Result<Reply> {
        write_once(&self.visitor, token.submission(self.owner()), work).await
    }

    /// [`Visitor::keep_once`] for this account.
    pub async fn keep_once<T: Serialize + DeserializeOwned + Send + 'static>(
        &self,
        token: &FormToken,
        work: impl FnMut(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.visitor.keep_once(token, self.owner(), work).await
    }

    /// [`Visitor::find_kept_result`] for this account.
    pub async fn find_kept_result<T: DeserializeOwned>(&self, token: &FormToken) -> Result<Option<T>> {
        self.visitor.find_kept_result(token, self.owner()).await
    }
}

/// Runs `work` once for the form of an owner; a repeated form gets the stored reply.
async fn write_once(
    visitor: &Visitor,
    form: Option<FormSubmission>,
    mut work: impl FnMut(&mut Tx<'_>) -> Result<Reply> + Send + 'static,
) -> Result<Reply> {
    let store_reply = move |tx: &mut Tx<'_>| {
        let (path, flash) = work(tx)?.into_redirect()?;
        Ok(StoredReply { path, flash })
    };
    let StoredReply { path, flash } = run_once(visitor, form, store_reply).await?;
    Ok(Reply::redirect_with_flash(path, flash))
}

/// Adds a hidden token field to each form that posts: `secret`, a dot, and the form's number on the page.
pub fn add_form_tokens(page: &str, secret: &str) -> String {
    let mut with_tokens = String::with_capacity(page.len() + 1024);
    let mut rest = page;
    let mut forms = 0;
    while let Some(start) = memchr(b'<', rest.as_bytes()) {
        let (before, tag) = rest.split_at(start);
        with_tokens.push_str(before);
        let length = markup_length(tag);
        let (markup, after) = tag.split_at(length);
        with_tokens.push_str(markup);
        if is_post_form(markup) {
            forms += 1;
            with_tokens.push_str("<input type=\"hidden\" name=\"");
            with_tokens.push_str(TOKEN_FIELD);
            with_tokens.push_str("\" value=\"");
            with_tokens.push_str(secret);
            with_tokens.push('.');
            with_tokens.push_str(&forms.to_string());
            with_tokens.push_str("\">");
        }
        rest = after;
    }
    with_tokens.push_str(rest);
    with_tokens
}

/// Elements whose content is text, not markup.
const RAW_TEXT_ELEMENTS: [(&str, &str); 4] =
    [("<script", "</script"), ("<style", "</style"), ("<textarea", "</textarea"), ("<title", "</title")];

/// Length of the markup at this `<`: a comment, a tag, or a raw-text element with its content.
fn markup_length(markup: &str) -> usize {
    let length_to = |end: &str| memmem::find(markup.as_bytes(), end.as_bytes()).unwrap_or(markup.len());
    if markup.starts_with("<!--") {
        return (length_to("-->") + 3).min(markup.len());
    }
    for (begin, end) in RAW_TEXT_ELEMENTS {
        if is_tag(markup, begin) {
            return length_to(end).max(1);
        }
    }
    let mut quote = None;
    for (index, byte) in markup.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return index + 1,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    markup.len()
}

fn is_tag(markup: &str, begin: &str) -> bool {
    let next = markup.as_bytes().get(begin.len());
    markup.get(..begin.len()).is_some_and(|start| start.eq_ignore_ascii_case(begin))
        && next.is_none_or(|next| matches!(next, b' ' | b'\n' | b'\t' | b'\r' | b'>' | b'/'))
}

fn is_post_form(tag: &str) -> bool {
    is_tag(tag, "<form") && tag.ends_with('>') && {
        let tag = tag.to_ascii_lowercase();
        [" method=\"post\"", " method=post", " method='post'"].iter().any(|method| tag.contains(method))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_that_is_posted_has_a_mark_of_its_own_and_nothing_else_is_touched() {
        let page = "<!DOCTYPE html><title><form method=\"post\"></title><form action=\"/a\" method=\"post\"><b>ü</b>\
                    </form><form method=\"get\"></form><form class=\"x>y\" METHOD=post data-a='1'></form>";
        let with_tokens = add_form_tokens(page, "S");
        let field = |number| format!("<input type=\"hidden\" name=\"once\" value=\"S.{number}\">");
        let expected = page
            .replace("method=\"post\"><b>", &format!("method=\"post\">{}<b>", field(1)))
            .replace("data-a='1'>", &format!("data-a='1'>{}", field(2)));
        assert_eq!(with_tokens, expected);
    }

    #[test]
    fn what_is_no_markup_stays_as_it_is() {
        for page in [
            "<script type=\"application/ld+json\">{\"a\":\"<form method=\\\"post\\\">\"}</script>",
            "<script>if (a<b) x='<form method=\"post\">'</script>",
            "<textarea name=\"body\">\n<form method=\"post\"></textarea>",
            "<!-- <form method=\"post\"> -->",
            "<style>a::after{content:\"<form method='post'>\"}</style>",
            "<p title='<form method=\"post\">'>1 < 2 &lt;form method=\"post\"></p>",
            "<formula method=\"post\">",
            "<form data-method=\"post\">",
            "<form method=\"dialog\">",
            "<",
            "a < b",
            "<!--",
            "<script>",
            "<form method=\"post\"",
            "",
        ] {
            assert_eq!(add_form_tokens(page, "S"), page);
        }
    }

    #[test]
    fn the_body_is_known_whatever_the_order_of_its_fields() {
        let of = |pairs: &[(&str, &str)], files: &str| {
            let mut fields = Fields::from_pairs(pairs.iter().map(|(name, value)| (*name, (*value).to_owned())));
            let token = FormToken::from_fields(&mut fields, files, "/a");
            assert!(fields.values("once").is_empty());
            token
        };
        let one = of(&[("once", "m"), ("a", "1"), ("b", "2")], "");
        assert_eq!(one.body, of(&[("b", "2"), ("a", "1"), ("once", "n")], "").body);
        for other in [
            of(&[("once", "m"), ("a", "1"), ("b", "3")], ""),
            of(&[("once", "m"), ("a", "1")], ""),
            of(&[("once", "m"), ("a", "1"), ("b", "2"), ("b", "")], ""),
            of(&[("once", "m"), ("a", "1b"), ("", "2")], ""),
            of(&[("once", "m"), ("a", "1"), ("b", "2")], "file"),
        ] {
            assert_ne!(one.body, other.body);
        }
        assert!(of(&[("a", "1")], "").submission(String::new()).is_none());
        assert!(of(&[("a", "1"), ("once", "")], "").submission(String::new()).is_none());
    }
}
