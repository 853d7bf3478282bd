//! What must survive whatever happens.

mod kill;
