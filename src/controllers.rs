//! What people and programs ask for, and who answers: one module a page, by area.

pub mod admin;
