//! What must survive whatever happens.

mod broken;
mod everywhere;
mod kill;
mod site;
mod storm;
