//! Emails about returns.

use askama::Template;

use super::orders::{EmailItem, OrderEmailData};
use super::{EmailTemplate, filters};
use crate::support::i18n::Locale;

#[derive(Clone, Debug)]
pub struct ReturnEmailData {
    pub order: OrderEmailData,
    pub items: Vec<EmailItem>,
}

/// To the shop; the others are to the buyer.
#[derive(Clone, Debug)]
pub struct ReturnRequested {
    pub data: ReturnEmailData,
    pub reason: String,
    pub admin_href: String,
    pub buyer_email: String,
}

#[derive(Template)]
#[template(path = "mail/return_requested.html")]
struct ReturnRequestedHtml<'a> {
    t: Locale,
    email: &'a ReturnRequested,
    order: &'a OrderEmailData,
    subject: String,
}

#[derive(Template)]
#[template(path = "mail/return_requested.txt")]
struct ReturnRequestedText<'a> {
    t: Locale,
    email: &'a ReturnRequested,
    order: &'a OrderEmailData,
}

impl EmailTemplate for ReturnRequested {
    fn subject(&self) -> String {
        self.data.order.t.email_return_requested_subject(&self.data.order.number)
    }

    fn reply_to(&self) -> String {
        self.buyer_email.clone()
    }

    fn html(&self) -> askama::Result<String> {
        ReturnRequestedHtml { t: self.data.order.t, email: self, order: &self.data.order, subject: self.subject() }
            .render()
    }

    fn text(&self) -> askama::Result<String> {
        ReturnRequestedText { t: self.data.order.t, email: self, order: &self.data.order }.render()
    }
}

#[derive(Clone, Debug)]
pub struct ReturnApproved {
    pub data: ReturnEmailData,
    /// The return address, line by line; empty if the shop has none.
    pub send_to: Vec<String>,
}

#[derive(Template)]
#[template(path = "mail/return_approved.html")]
struct ReturnApprovedHtml<'a> {
    t: Locale,
    email: &'a ReturnApproved,
    order: &'a OrderEmailData,
    subject: String,
}

#[derive(Template)]
#[template(path = "mail/return_approved.txt")]
struct ReturnApprovedText<'a> {
    t: Locale,
    email: &'a ReturnApproved,
    order: &'a OrderEmailData,
}

impl EmailTemplate for ReturnApproved {
    fn subject(&self) -> String {
        self.data.order.t.email_return_approved_subject(&self.data.order.number)
    }

    fn html(&self) -> askama::Result<String> {
        ReturnApprovedHtml { t: self.data.order.t, email: self, order: &self.data.order, subject: self.subject() }
            .render()
    }

    fn text(&self) -> askama::Result<String> {
        ReturnApprovedText { t: self.data.order.t, email: self, order: &self.data.order }.render()
    }
}

#[derive(Clone, Debug)]
pub struct ReturnDeclined {
    pub data: ReturnEmailData,
    pub answer: String,
}

#[derive(Template)]
#[template(path = "mail/return_declined.html")]
struct ReturnDeclinedHtml<'a> {
    t: Locale,
    email: &'a ReturnDeclined,
    order: &'a OrderEmailData,
    subject: String,
}

#[derive(Template)]
#[template(path = "mail/return_declined.txt")]
struct ReturnDeclinedText<'a> {
    t: Locale,
    email: &'a ReturnDeclined,
    order: &'a OrderEmailData,
}

impl EmailTemplate for ReturnDeclined {
    fn subject(&self) -> String {
        self.data.order.t.email_return_declined_subject(&self.data.order.number)
    }

    fn html(&self) -> askama::Result<String> {
        ReturnDeclinedHtml { t: self.data.order.t, email: self, order: &self.data.order, subject: self.subject() }
            .render()
    }

    fn text(&self) -> askama::Result<String> {
        ReturnDeclinedText { t: self.data.order.t, email: self, order: &self.data.order }.render()
    }
}
