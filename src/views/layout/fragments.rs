//! The fragments of a public page that depend on the viewer. The rest is the same for everybody and is cached.

use askama::Template;

use crate::paths;
use crate::support::i18n::Locale;
use crate::views::Flash;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fragment {
    StaffBar,
    MenuAccount,
    Tools,
    /// A flash message, and first steps for staff.
    Message,
    FooterAccount,
}

impl Fragment {
    pub const ALL: [Fragment; 5] =
        [Fragment::StaffBar, Fragment::MenuAccount, Fragment::Tools, Fragment::Message, Fragment::FooterAccount];
}

/// The viewer of a public page. The default is a guest with an empty cart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Viewer {
    pub cart_count: i64,
    pub flash: Option<Flash>,
    pub account: Option<String>,
    pub staff: Option<StaffBar>,
    /// A staff member uses the site as this account.
    pub is_impersonated: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StaffBar {
    pub products: bool,
    pub posts: bool,
    pub edit_href: Option<String>,
    /// The page is empty, and this person may add content.
    pub first_steps: bool,
}

#[derive(Clone, Copy, Debug)]
pub enum FragmentMode<'a> {
    Render(&'a Viewer),
    /// Unguessable placeholders, which the page cache replaces for each viewer.
    Placeholder(&'a str),
}

#[derive(Template)]
#[template(path = "fragments/staff_bar.html")]
struct StaffBarTemplate<'a> {
    t: Locale,
    staff: &'a StaffBar,
}

/// Tells a staff member that they use the site as a customer, on every page.
#[derive(Template)]
#[template(path = "fragments/impersonation.html")]
pub struct ImpersonationBar<'a> {
    pub t: Locale,
    pub name: &'a str,
}

#[derive(Template)]
#[template(path = "fragments/menu_account.html")]
struct MenuAccountTemplate<'a> {
    t: Locale,
    person: &'a Viewer,
}

#[derive(Template)]
#[template(path = "fragments/tools.html")]
struct ToolsTemplate<'a> {
    t: Locale,
    person: &'a Viewer,
}

#[derive(Template)]
#[template(path = "fragments/message.html")]
struct MessageTemplate<'a> {
    t: Locale,
    person: &'a Viewer,
}

#[derive(Template)]
#[template(path = "fragments/footer_account.html")]
struct FooterAccountTemplate<'a> {
    t: Locale,
    person: &'a Viewer,
}

impl Fragment {
    /// The fragment's HTML for a viewer, in the page's language; may be empty.
    pub fn render(self, person: &Viewer, t: Locale) -> askama::Result<String> {
        match (self, &person.staff, &person.account) {
            (Fragment::StaffBar, _, Some(name)) if person.is_impersonated => ImpersonationBar { t, name }.render(),
            (Fragment::StaffBar, Some(staff), _) => StaffBarTemplate { t, staff }.render(),
            (Fragment::StaffBar, None, _) => Ok(String::new()),
            // Staff have their bar.
            (Fragment::MenuAccount, Some(_), _) => Ok(String::new()),
            (Fragment::MenuAccount, None, _) => MenuAccountTemplate { t, person }.render(),
            (Fragment::Tools, ..) => ToolsTemplate { t, person }.render(),
            (Fragment::Message, ..) => MessageTemplate { t, person }.render(),
            (Fragment::FooterAccount, ..) => FooterAccountTemplate { t, person }.render(),
        }
    }

    /// Marks the fragment. `secret` is random for each page, so that no user text can forge a placeholder.
    pub fn placeholder(self, secret: &str) -> String {
        format!("<!--{secret}{self:?}-->")
    }
}
