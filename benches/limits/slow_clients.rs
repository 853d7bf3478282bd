//! Two thousand slow clients that hold connections, a third each by sending heads, by sending bodies and by
//! not reading, and the latency of other visitors.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::BenchResult;
use super::load::Server;
use super::shop::PRODUCT_PATH;
use super::stocked_shop;
use super::visitor::Visitor;

const CALM: Duration = Duration::from_secs(10);
const CROWDED: Duration = Duration::from_secs(45);
const TICK: Duration = Duration::from_secs(1);
const VISIT_PAUSE: Duration = Duration::from_millis(10);
const VISITORS: usize = 4;
/// Maximum time until the last connection is released.
const RELEASE_TIME: Duration = Duration::from_secs(60);

/// The outcomes of the slow clients.
#[derive(Default)]
struct Crowd {
    enough: AtomicBool,
    open: AtomicUsize,
    most: AtomicUsize,
    opened: AtomicUsize,
    refused: AtomicUsize,
}

/// Measures with `count` slow clients, and prints the latency of a visitor.
pub fn run(count: usize) -> BenchResult<()> {
    stocked_shop::raise_open_file_limit()?;
    let stocked = stocked_shop::create_stocked_shop()?;
    let shop = stocked_shop::serve_behind_proxy(&stocked)?;
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(measure(&shop, count))
}

async fn measure(shop: &Server, count: usize) -> BenchResult<()> {
    visit(shop.address(), Duration::from_secs(1)).await?;
    let at_first = shop.open_file_count()?;
    let calm = visit(shop.address(), CALM).await?;
    let crowd = Arc::new(Crowd::default());
    for number in 0..count {
        let (crowd, site) = (crowd.clone(), shop.address().to_owned());
        tokio::spawn(async move {
            while !crowd.enough.load(Ordering::Relaxed) {
                match TcpStream::connect(site.as_str()).await {
                    Ok(stream) => {
                        crowd.opened.fetch_add(1, Ordering::Relaxed);
                        let open = crowd.open.fetch_add(1, Ordering::Relaxed) + 1;
                        crowd.most.fetch_max(open, Ordering::Relaxed);
                        // However it ends, the next slow client connects.
                        let _ended = linger(stream, &site, number, &crowd.enough).await;
                        crowd.open.fetch_sub(1, Ordering::Relaxed);
                    }
                    Err(_) => {
                        crowd.refused.fetch_add(1, Ordering::Relaxed);
                        tokio::time::sleep(TICK).await;
                    }
                }
            }
        });
    }
    let crowded = visit(shop.address(), CROWDED).await?;
    let files = shop.open_file_count()?;
    crowd.enough.store(true, Ordering::Relaxed);
    let started = Instant::now();
    while shop.open_file_count()? > at_first + 2 * VISITORS && started.elapsed() < RELEASE_TIME {
        tokio::time::sleep(TICK).await;
    }
    let load = |what: &AtomicUsize| what.load(Ordering::Relaxed);
    println!("| visitor | requests | lost | p50 ms | p99 ms | longest ms |");
    println!("|---|--:|--:|--:|--:|--:|");
    println!("| alone | {calm} |");
    println!("| beside {count} slow clients | {crowded} |");
    println!();
    println!(
        "At once {} slow clients, {} in all, {} refused. Files open: {at_first} before, {files} meanwhile, {} {:.0} s \
         after.",
        load(&crowd.most),
        load(&crowd.opened),
        load(&crowd.refused),
        shop.open_file_count()?,
        started.elapsed().as_secs_f64()
    );
    Ok(())
}

/// Holds a connection as long as possible: by its head, by its body, or by not reading.
async fn linger(mut stream: TcpStream, site: &str, number: usize, enough: &AtomicBool) -> BenchResult<()> {
    let host = format!("host: {site}\r\norigin: http://{site}\r\n");
    let beginning = match number % 3 {
        0 => format!("GET / HTTP/1.1\r\n{host}x: "),
        1 => format!(
            "POST /cart/lines HTTP/1.1\r\n{host}content-type: application/x-www-form-urlencoded\r\n\
             content-length: 100000\r\n\r\n"
        ),
        _ => format!("GET {PRODUCT_PATH} HTTP/1.1\r\n{host}\r\n").repeat(200),
    };
    stream.write_all(beginning.as_bytes()).await?;
    let mut byte = [0];
    while !enough.load(Ordering::Relaxed) {
        tokio::time::sleep(TICK).await;
        if number % 3 == 2 {
            // What has arrived can be read long after the connection was cut.
            if stream.read(&mut byte).await? == 0 || stream.take_error()?.is_some() {
                break;
            }
            continue;
        }
        stream.write_all(b"a").await?;
        match stream.try_read(&mut byte) {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// The latencies of visitors, with a new connection per request.
async fn visit(site: &str, time: Duration) -> BenchResult<String> {
    let variant = Visitor::new(site, 0).request_ok("GET", PRODUCT_PATH, &[]).await?.field_value("variant_id")?;
    let until = Instant::now() + time;
    let visitors: Vec<_> = (1..=VISITORS)
        .map(|number| {
            let (mut visitor, variant) = (Visitor::new(site, number), variant.clone());
            tokio::spawn(async move {
                let (mut times, mut lost, mut step) = (Vec::new(), 0, number);
                while Instant::now() < until {
                    visitor.disconnect();
                    let started = Instant::now();
                    let done = visitor.visit_next(step, &variant).await;
                    times.push(started.elapsed().as_secs_f64() * 1000.0);
                    lost += usize::from(done.is_err());
                    step += 1;
                    tokio::time::sleep(VISIT_PAUSE).await;
                }
                (times, lost)
            })
        })
        .collect();
    let (mut times, mut lost) = (Vec::new(), 0);
    for visitor in visitors {
        let (some, missed) = visitor.await?;
        times.extend(some);
        lost += missed;
    }
    times.sort_by(f64::total_cmp);
    let at = |share: usize| times.get((times.len() * share / 1000).min(times.len().saturating_sub(1)));
    let (half, most, longest) = (at(500).ok_or("no request")?, at(990).ok_or("none")?, at(1000).ok_or("none")?);
    Ok(format!("{} | {lost} | {half:.1} | {most:.1} | {longest:.1}", times.len()))
}
