//! The sample shop for long runs: with plenty of stock, behind a proxy, on a socket that outlives it.

use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::process::Command;

use diesel::prelude::*;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tradepost::db::Conn;
use tradepost::schema::stock_levels;

use super::BenchResult;
use super::load::Server;
use super::shop::{BINARY, Shop};

/// The sample shop with plenty of stock.
pub fn create_stocked_shop() -> BenchResult<Shop> {
    let shop = Shop::create()?;
    let mut conn = Conn::open(&format!("sqlite://{}/tradepost.db", shop.data_folder()?), false)?;
    diesel::update(stock_levels::table).set(stock_levels::on_hand.eq(1_000_000)).execute(&mut conn)?;
    Ok(shop)
}

/// Serves it with client addresses from `X-Forwarded-For`, as behind a proxy.
pub fn serve_behind_proxy(shop: &Shop) -> BenchResult<Server> {
    Server::start(shop.command("serve").env("TRADEPOST_TRUSTED_PROXIES", "127.0.0.1"))
}

/// The same on an inherited socket (sd_listen_fds(3)).
pub fn serve_on_socket(shop: &Shop, socket: &TcpListener) -> BenchResult<Server> {
    let script = "exec 3<&0 0</dev/null; LISTEN_FDS=1 LISTEN_PID=$$ exec \"$0\"";
    let mut command = Command::new("sh");
    command.args(["-c", script, BINARY]).stdin(OwnedFd::from(socket.try_clone()?));
    command.env("TRADEPOST_DATA", shop.data_folder()?).env("TRADEPOST_TRUSTED_PROXIES", "127.0.0.1");
    Server::start(&mut command)
}

/// Raises the limit of open files.
pub fn raise_open_file_limit() -> BenchResult<()> {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    Ok(setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })?)
}
