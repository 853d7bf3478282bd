//! Compares the tables of a database with those that the migrations of this program make.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Bool, Text};
use sha2::{Digest, Sha256};

use super::Conn;
use crate::schema::TABLES;

/// Fingerprints of the tables after all migrations. A migration changes them; `tests/schema.rs` prints the new ones.
const SQLITE_FINGERPRINT: &str = "c6b2af8283f296f6";
const POSTGRES_FINGERPRINT: &str = "a155109aecf8a3da";

#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct Column {
    #[diesel(sql_type = Text)]
    pub table_name: String,
    #[diesel(sql_type = Text)]
    pub name: String,
    /// The type in lower case, as the database calls it.
    #[diesel(sql_type = Text)]
    pub sql_type: String,
    #[diesel(sql_type = Bool)]
    pub is_nullable: bool,
    /// Position in the primary key, from 1; 0 for a column outside it.
    #[diesel(sql_type = BigInt)]
    pub key_position: i64,
}

/// Only `table_xinfo` lists generated columns, and it includes their clause in the type.
const SQLITE_COLUMNS: &str = "SELECT tables.name AS table_name, columns.name AS name, replace(lower(columns.type), ' generated always', '') AS sql_type, \
     columns.\"notnull\" = 0 AND columns.pk = 0 AS is_nullable, columns.pk AS key_position \
     FROM pragma_table_list AS tables JOIN pragma_table_xinfo(tables.name) AS columns \
     WHERE tables.schema = 'main' AND tables.type = 'table' ORDER BY tables.name, columns.cid";

const POSTGRES_COLUMNS: &str = "SELECT class.relname::text AS table_name, attribute.attname::text AS name, \
     format_type(attribute.atttypid, NULL) AS sql_type, NOT attribute.attnotnull AS is_nullable, \
     coalesce(array_position(index.indkey::int2[], attribute.attnum), -1)::bigint + 1 AS key_position \
     FROM pg_class AS class JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid \
     LEFT JOIN pg_index AS index ON index.indrelid = class.oid AND index.indisprimary \
     WHERE class.relnamespace = current_schema()::regnamespace AND class.relkind = 'r' AND attribute.attnum > 0 \
     AND NOT attribute.attisdropped ORDER BY class.relname COLLATE \"C\", attribute.attnum";

/// Reads the columns of this program's tables, without the full-text indexes, which differ between the databases.
pub fn read_columns(conn: &mut Conn) -> QueryResult<Vec<Column>> {
    let mut columns: Vec<Column> = match conn {
        Conn::Sqlite(conn) => sql_query(SQLITE_COLUMNS).load(conn)?,
        Conn::Pg(conn) => sql_query(POSTGRES_COLUMNS).load(conn)?,
    };
    columns.retain(|column| TABLES.contains(&column.table_name.as_str()) && !column.table_name.ends_with("_words"));
    Ok(columns)
}

pub fn fingerprint(columns: &[Column]) -> String {
    let mut hash = Sha256::new();
    for column in columns {
        let Column { table_name, name, sql_type, is_nullable, key_position } = column;
        hash.update(format!("{table_name}.{name} {sql_type} {is_nullable} {key_position}\n"));
    }
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// Checks that a database with all migrations has the tables that they make. The error says what to do.
pub fn check(conn: &mut Conn) -> Result<(), String> {
    let columns = read_columns(conn).map_err(|error| error.to_string())?;
    let expected = match conn {
        Conn::Sqlite(_) => SQLITE_FINGERPRINT,
        Conn::Pg(_) => POSTGRES_FINGERPRINT,
    };
    match fingerprint(&columns) {
        found if found == expected => Ok(()),
        found => Err(format!(
            "its tables (fingerprint {found}) are not those that the migrations make ({expected}): somebody altered \
             them, or it was made by an unreleased version. Restore a backup, or start with a new database"
        )),
    }
}
