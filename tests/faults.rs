//! What must survive whatever happens.

mod beyond;
mod broken;
mod clock;
mod disk;
mod everywhere;
mod failover;
mod handover;
mod kill;
mod mail;
mod process;
mod site;
mod slow;
mod storm;
