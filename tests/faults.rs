//! Fault injection: what must hold through crashes, overload and outages.

mod chaos;
mod clock;
mod crash_points;
mod disk;
mod failover;
mod harness_checks;
mod kill;
mod mail;
mod process;
mod site;
mod slow_clients;
mod socket_handover;
mod unresponsive_database;
