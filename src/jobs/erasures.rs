//! Keeps the erasures in a file beside the database, and repeats them after a restore of an older one.

use std::collections::HashSet;

use crate::app::App;
use crate::error::{Error, Result};
use crate::models::maintenance::erasure::records::ErasureRecord;
use crate::models::maintenance::erasure::repeat_erasure;

/// Appends the erasures that are missing in the file.
pub async fn write_file(app: &App) -> Result<()> {
    let _lock = app.erasure_file.lock.lock().await;
    let in_file: HashSet<String> = read_file(app).await?.into_iter().map(|record| record.id).collect();
    let records = app.db.read(ErasureRecord::list).await?;
    let missing = records.iter().filter(|record| !in_file.contains(&record.id));
    let lines = missing.map(serde_json::to_string).collect::<Result<Vec<String>, _>>()?;
    if lines.is_empty() { Ok(()) } else { app.erasure_file.append(lines).await }
}

/// Repeats the erasures that are missing in the database, and adds those that are missing in the file. Returns how many
/// were repeated.
pub async fn repeat_missing(app: &App) -> Result<usize> {
    let in_database: HashSet<String> =
        app.db.read(ErasureRecord::list).await?.into_iter().map(|record| record.id).collect();
    let mut repeated = HashSet::new();
    for record in read_file(app).await? {
        if !in_database.contains(&record.id) && repeated.insert(record.id.clone()) {
            app.db.write(move |tx| repeat_erasure(tx, &record)).await?;
        }
    }
    write_file(app).await?;
    Ok(repeated.len())
}

async fn read_file(app: &App) -> Result<Vec<ErasureRecord>> {
    let lines = app.erasure_file.read().await?;
    let parse = |(number, line): (usize, &String)| {
        let number = number + 1;
        serde_json::from_str(line)
            .map_err(|error| Error::internal(anyhow::anyhow!("erasures.jsonl, line {number}: {error}")))
    };
    lines.iter().enumerate().map(parse).collect()
}
