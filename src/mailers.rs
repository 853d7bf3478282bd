//! Letters: values in, a subject and two bodies out. Sending is someone else's job.

pub mod orders;

/// A letter to one person.
pub trait Letter {
    /// What it is about.
    fn subject(&self) -> String;

    /// The letter for programs that show HTML.
    ///
    /// # Errors
    /// When the template cannot be rendered.
    fn html(&self) -> askama::Result<String>;

    /// The letter as plain text.
    ///
    /// # Errors
    /// When the template cannot be rendered.
    fn text(&self) -> askama::Result<String>;
}
