//! Letters about goods that come back.

use askama::Template;

use super::Letter;
use super::orders::{Order, Parcelled};

/// What every letter about a return says.
#[derive(Clone, Debug)]
pub struct Return {
    /// The order.
    pub order: Order,
    /// What is sent back.
    pub pieces: Vec<Parcelled>,
}

/// To the shopkeeper: a buyer asks to send something back.
#[derive(Clone, Debug)]
pub struct ReturnRequested {
    /// The return.
    pub about: Return,
    /// Why.
    pub reason: String,
    /// The order's admin page, with the origin.
    pub admin_href: String,
    /// The buyer's address for mail.
    pub buyer_email: String,
}

#[derive(Template)]
#[template(path = "mail/return_requested.html")]
struct ReturnRequestedHtml<'a> {
    letter: &'a ReturnRequested,
    order: &'a Order,
    subject: String,
}

#[derive(Template)]
#[template(path = "mail/return_requested.txt")]
struct ReturnRequestedText<'a> {
    letter: &'a ReturnRequested,
    order: &'a Order,
}

impl Letter for ReturnRequested {
    fn subject(&self) -> String {
        format!("Somebody wants to send back a part of order {}", self.about.order.number)
    }

    fn reply_to(&self) -> String {
        self.buyer_email.clone()
    }

    fn html(&self) -> askama::Result<String> {
        ReturnRequestedHtml { letter: self, order: &self.about.order, subject: self.subject() }.render()
    }

    fn text(&self) -> askama::Result<String> {
        ReturnRequestedText { letter: self, order: &self.about.order }.render()
    }
}

/// To the buyer: the goods may be sent back.
#[derive(Clone, Debug)]
pub struct ReturnApproved {
    /// The return.
    pub about: Return,
    /// Where they are sent, line by line; empty when the shop has not said.
    pub send_to: Vec<String>,
}

#[derive(Template)]
#[template(path = "mail/return_approved.html")]
struct ReturnApprovedHtml<'a> {
    letter: &'a ReturnApproved,
    order: &'a Order,
    subject: String,
}

#[derive(Template)]
#[template(path = "mail/return_approved.txt")]
struct ReturnApprovedText<'a> {
    letter: &'a ReturnApproved,
    order: &'a Order,
}

impl Letter for ReturnApproved {
    fn subject(&self) -> String {
        format!("You can send it back: order {}", self.about.order.number)
    }

    fn html(&self) -> askama::Result<String> {
        ReturnApprovedHtml { letter: self, order: &self.about.order, subject: self.subject() }.render()
    }

    fn text(&self) -> askama::Result<String> {
        ReturnApprovedText { letter: self, order: &self.about.order }.render()
    }
}

/// To the buyer: the goods may not be sent back.
#[derive(Clone, Debug)]
pub struct ReturnRefused {
    /// The return.
    pub about: Return,
    /// Why not.
    pub answer: String,
}

#[derive(Template)]
#[template(path = "mail/return_refused.html")]
struct ReturnRefusedHtml<'a> {
    letter: &'a ReturnRefused,
    order: &'a Order,
    subject: String,
}

#[derive(Template)]
#[template(path = "mail/return_refused.txt")]
struct ReturnRefusedText<'a> {
    letter: &'a ReturnRefused,
    order: &'a Order,
}

impl Letter for ReturnRefused {
    fn subject(&self) -> String {
        format!("About what you want to send back: order {}", self.about.order.number)
    }

    fn html(&self) -> askama::Result<String> {
        ReturnRefusedHtml { letter: self, order: &self.about.order, subject: self.subject() }.render()
    }

    fn text(&self) -> askama::Result<String> {
        ReturnRefusedText { letter: self, order: &self.about.order }.render()
    }
}
