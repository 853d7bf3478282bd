//! Forms are sent once. Each form of a page for one person gets a random mark when the page is rendered; whatever the
//! form changes is written together with the mark, and a repeat is answered as the first time.

use std::pin::Pin;

use memchr::{memchr, memmem};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::form::Form;
use super::guards::{Staff, Visitor};
use super::reply::Reply;
use crate::db::Tx;
use crate::error::Result;
use crate::forms::Fields;
use crate::models::form_submission::{FormSubmission, Known};
use crate::support::token;
use crate::views::Flash;

/// The field that carries the mark.
pub const FIELD: &str = "once";

/// What tells a form that is sent for the first time from one that is sent again.
#[derive(Clone, Debug, Default)]
pub struct Once {
    mark: Option<String>,
    body: String,
    route: String,
}

impl Once {
    /// Takes the mark out of the fields that were sent to a path; `files` says which files came along.
    pub fn of(fields: &mut Fields, files: &str, route: &str) -> Once {
        let mark = fields.take_out(FIELD).filter(|mark| !mark.is_empty());
        let mut body = Sha256::new();
        let mut add = |text: &str| {
            body.update(text.len().to_be_bytes());
            body.update(text);
        };
        if mark.is_some() {
            for name in fields.names() {
                for value in fields.all(name) {
                    add(name);
                    add(value);
                }
            }
            add(files);
        }
        Once { mark, body: token::hash(body.finalize()), route: route.to_owned() }
    }

    /// The form as the database knows it; none when it has no mark, as from a script.
    fn submission(&self, owner: String) -> Option<FormSubmission> {
        let mark = self.mark.as_ref()?;
        let (body_hash, route) = (self.body.clone(), self.route.clone());
        Some(FormSubmission { token_hash: token::hash(format!("{mark} {route}")), body_hash, owner, route })
    }
}

/// What a handler answered after it has changed something: where it led to, and the message there.
#[derive(Serialize, Deserialize)]
struct Answer {
    see: String,
    flash: Option<Flash>,
}

/// Who sends forms.
pub trait Sender {
    /// Whose answer it is, as the database knows them.
    fn owner(&self) -> String;

    /// The visitor they are.
    fn as_visitor(&self) -> &Visitor;

    /// The answer to a form that was carried out before.
    fn answered(&self, form: &Form) -> Pin<Box<dyn Future<Output = Result<Option<Reply>>> + '_>> {
        let known = known::<Answer>(self.as_visitor(), form.once.submission(self.owner()));
        Box::pin(async move { Ok(known.await?.map(|Answer { see, flash }| Reply::again(see, flash))) })
    }
}

impl Sender for Visitor {
    /// The addresses of a buyer's pages are known to the buyer alone.
    fn owner(&self) -> String {
        String::new()
    }

    fn as_visitor(&self) -> &Visitor {
        self
    }
}

impl<P> Sender for Staff<P> {
    fn owner(&self) -> String {
        format!("account {}", self.member.account.id)
    }

    fn as_visitor(&self) -> &Visitor {
        &self.visitor
    }
}

/// The earlier result of a form; none when there is none, or when it is of another kind.
async fn known<T: DeserializeOwned>(visitor: &Visitor, form: Option<FormSubmission>) -> Result<Option<T>> {
    let Some(form) = form else { return Ok(None) };
    match visitor.app().db.glance(move |conn| form.known(conn)).await? {
        Known::Result(result) => Ok(serde_json::from_str(&result).ok()),
        Known::Nothing | Known::Different => Ok(None),
    }
}

/// Does the work of a form unless it was done before: then it is the earlier result.
async fn carry_out<T: Serialize + DeserializeOwned + Send + 'static>(
    visitor: &Visitor,
    form: Option<FormSubmission>,
    mut work: impl FnMut(&mut Tx<'_>) -> Result<T> + Send + 'static,
) -> Result<T> {
    let Some(form) = form else { return visitor.app().db.write(work).await };
    let result = visitor.app().db.write(move |tx| form.carry_out(tx, |tx| Ok(serde_json::to_string(&work(tx)?)?)));
    Ok(serde_json::from_str(&result.await?)?)
}

impl Visitor {
    /// Writes in one transaction what a form asks for, with the answer to it. A form that was carried out before is
    /// answered as then, and nothing is written.
    ///
    /// # Errors
    /// `SentBefore` when it was carried out with other values; what the work returns.
    pub async fn write_once(
        &self,
        once: &Once,
        work: impl FnMut(&mut Tx<'_>) -> Result<Reply> + Send + 'static,
    ) -> Result<Reply> {
        write_once(self, once.submission(self.owner()), work).await
    }

    /// As [`Visitor::write_once`], for answers that cannot be kept as they are: `owner` names who may have the result.
    ///
    /// # Errors
    /// As [`Visitor::write_once`].
    pub async fn keep_once<T: Serialize + DeserializeOwned + Send + 'static>(
        &self,
        once: &Once,
        owner: String,
        work: impl FnMut(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        carry_out(self, once.submission(owner), work).await
    }

    /// What [`Visitor::keep_once`] has kept of a form, if it was carried out.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn kept<T: DeserializeOwned>(&self, once: &Once, owner: String) -> Result<Option<T>> {
        known(self, once.submission(owner)).await
    }
}

impl<P> Staff<P> {
    /// As [`Visitor::write_once`].
    ///
    /// # Errors
    /// As [`Visitor::write_once`].
    pub async fn write_once(
        &self,
        once: &Once,
        work: impl FnMut(&mut Tx<'_>) -> Result<Reply> + Send + 'static,
    ) -> Result<Reply> {
        write_once(&self.visitor, once.submission(self.owner()), work).await
    }

    /// As [`Visitor::keep_once`], for this member of staff.
    ///
    /// # Errors
    /// As [`Visitor::write_once`].
    pub async fn keep_once<T: Serialize + DeserializeOwned + Send + 'static>(
        &self,
        once: &Once,
        work: impl FnMut(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.visitor.keep_once(once, self.owner(), work).await
    }

    /// As [`Visitor::kept`], for this member of staff.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn kept<T: DeserializeOwned>(&self, once: &Once) -> Result<Option<T>> {
        self.visitor.kept(once, self.owner()).await
    }
}

async fn write_once(
    visitor: &Visitor,
    form: Option<FormSubmission>,
    mut work: impl FnMut(&mut Tx<'_>) -> Result<Reply> + Send + 'static,
) -> Result<Reply> {
    let answer = move |tx: &mut Tx<'_>| {
        let (see, flash) = work(tx)?.into_answer()?;
        Ok(Answer { see, flash })
    };
    let Answer { see, flash } = carry_out(visitor, form, answer).await?;
    Ok(Reply::again(see, flash))
}

/// The page with a mark in each form that sends something: `secret`, and the number of the form.
pub fn with_marks(page: &str, secret: &str) -> String {
    let mut marked = String::with_capacity(page.len() + 1024);
    let mut rest = page;
    let mut forms = 0;
    while let Some(at) = memchr(b'<', rest.as_bytes()) {
        let (before, tag) = rest.split_at(at);
        marked.push_str(before);
        let length = markup_length(tag);
        let (whole, after) = tag.split_at(length);
        marked.push_str(whole);
        if sends(whole) {
            forms += 1;
            marked.push_str("<input type=\"hidden\" name=\"");
            marked.push_str(FIELD);
            marked.push_str("\" value=\"");
            marked.push_str(secret);
            marked.push('.');
            marked.push_str(&forms.to_string());
            marked.push_str("\">");
        }
        rest = after;
    }
    marked.push_str(rest);
    marked
}

/// Elements whose content is no markup.
const VERBATIM: [(&str, &str); 4] =
    [("<script", "</script"), ("<style", "</style"), ("<textarea", "</textarea"), ("<title", "</title")];

/// Bytes of what begins with this `<`: a comment, a tag, or an element with all of its text if that is no markup.
fn markup_length(markup: &str) -> usize {
    let up_to = |end: &str| memmem::find(markup.as_bytes(), end.as_bytes()).unwrap_or(markup.len());
    if markup.starts_with("<!--") {
        return (up_to("-->") + 3).min(markup.len());
    }
    for (begin, end) in VERBATIM {
        if is_tag(markup, begin) {
            return up_to(end).max(1);
        }
    }
    let mut quote = None;
    for (at, byte) in markup.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return at + 1,
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

/// Whether this is the start of a form that is posted.
fn sends(tag: &str) -> bool {
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
        let marked = with_marks(page, "S");
        let field = |number| format!("<input type=\"hidden\" name=\"once\" value=\"S.{number}\">");
        let expected = page
            .replace("method=\"post\"><b>", &format!("method=\"post\">{}<b>", field(1)))
            .replace("data-a='1'>", &format!("data-a='1'>{}", field(2)));
        assert_eq!(marked, expected);
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
            assert_eq!(with_marks(page, "S"), page);
        }
    }

    #[test]
    fn the_body_is_known_whatever_the_order_of_its_fields() {
        let of = |pairs: &[(&str, &str)], files: &str| {
            let mut fields = Fields::of(pairs.iter().map(|(name, value)| (*name, (*value).to_owned())));
            let once = Once::of(&mut fields, files, "/a");
            assert!(fields.all("once").is_empty());
            once
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
