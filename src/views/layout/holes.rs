//! The places of a public page that depend on who looks: everything else of it is the same for everybody.

use askama::Template;

use crate::paths;
use crate::views::Flash;

/// A place in the layout that is filled for each person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hole {
    /// The bar of staff above the page.
    OwnerBar,
    /// "Log in" in the menu.
    MenuAccount,
    /// Account and cart in the header.
    Tools,
    /// A message, once; first steps for staff.
    Message,
    /// "Log in" or "Log out" in the footer.
    FooterAccount,
}

impl Hole {
    /// All of them.
    pub const ALL: [Hole; 5] = [Hole::OwnerBar, Hole::MenuAccount, Hole::Tools, Hole::Message, Hole::FooterAccount];
}

/// Who looks at a public page. The default is a guest with an empty cart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// Pieces in the cart.
    pub cart_count: i64,
    /// A message to show once.
    pub flash: Option<Flash>,
    /// The signed-in person's name.
    pub account: Option<String>,
    /// What a member of staff can do from here.
    pub staff: Option<OwnerBar>,
}

/// What a member of staff can do from a public page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnerBar {
    /// May change products.
    pub products: bool,
    /// May write posts.
    pub posts: bool,
    /// Where "Edit this" leads, if the page can be edited.
    pub edit: Option<String>,
    /// The page is empty, and this person could change that.
    pub first_steps: bool,
}

/// How the holes of a page are drawn.
#[derive(Clone, Copy, Debug)]
pub enum Holes<'a> {
    /// For one person.
    Filled(&'a Person),
    /// As marks that nobody can guess, to be found and filled later.
    Cut(&'a str),
}

#[derive(Template)]
#[template(path = "holes/owner_bar.html")]
struct OwnerBarHole<'a> {
    staff: &'a OwnerBar,
}

#[derive(Template)]
#[template(path = "holes/menu_account.html")]
struct MenuAccountHole {}

#[derive(Template)]
#[template(path = "holes/tools.html")]
struct ToolsHole<'a> {
    person: &'a Person,
}

#[derive(Template)]
#[template(path = "holes/message.html")]
struct MessageHole<'a> {
    person: &'a Person,
}

#[derive(Template)]
#[template(path = "holes/footer_account.html")]
struct FooterAccountHole<'a> {
    person: &'a Person,
}

impl ToolsHole<'_> {
    /// What the cart link says to those who cannot see it.
    fn cart_label(&self) -> String {
        match self.person.cart_count {
            0 => "Cart, empty".to_owned(),
            1 => "Cart, 1 item".to_owned(),
            count => format!("Cart, {count} items"),
        }
    }
}

impl Hole {
    /// What a person sees in this place.
    ///
    /// # Errors
    /// When the template cannot be written.
    pub fn fill(self, person: &Person) -> askama::Result<String> {
        match (self, &person.staff, &person.account) {
            (Hole::OwnerBar, Some(staff), _) => OwnerBarHole { staff }.render(),
            (Hole::OwnerBar, None, _) => Ok(String::new()),
            (Hole::MenuAccount, _, None) => MenuAccountHole {}.render(),
            (Hole::MenuAccount, _, Some(_)) => Ok(String::new()),
            (Hole::Tools, ..) => ToolsHole { person }.render(),
            (Hole::Message, ..) => MessageHole { person }.render(),
            (Hole::FooterAccount, ..) => FooterAccountHole { person }.render(),
        }
    }

    /// The mark that stands for this place; `secret` is new for each page, so that no text of anybody's is a mark.
    pub fn mark(self, secret: &str) -> String {
        format!("<!--{secret}{self:?}-->")
    }
}
