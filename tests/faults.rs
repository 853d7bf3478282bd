//! What must survive whatever happens.

mod beyond;
mod broken;
mod everywhere;
mod handover;
mod kill;
mod mail;
mod site;
mod slow;
mod storm;
