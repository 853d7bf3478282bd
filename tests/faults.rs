//! What must survive whatever happens.

mod kill;
mod storm;
