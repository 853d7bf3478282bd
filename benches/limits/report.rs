//! The table: a line a row, with what it has to reach and whether it does.

use super::load::LatencySummary;

/// What a row has to reach: the gate, and what would be better still.
#[derive(Clone, Copy)]
pub enum Goal {
    /// So much at the most.
    AtMost(f64, f64),
    /// So much at the least.
    AtLeast(f64, f64),
}

/// A row as it was measured.
pub struct Row<'a> {
    /// What was measured.
    pub label: &'a str,
    /// What Tradepost took.
    pub ours: String,
    /// What the bare limit took; empty when there is none.
    pub limit: String,
    /// How long our answers took, if anybody waited for them.
    pub latency: Option<LatencySummary>,
    /// The figure that counts.
    pub value: f64,
    /// Its unit.
    pub unit: &'a str,
    /// What the figure has to reach.
    pub goal: Goal,
}

/// Prints the head of the table.
pub fn print_header() {
    println!("| what | Tradepost | bare limit | p50 / p99 | figure | gate | ambition | reached |");
    println!("|---|--:|--:|--:|--:|--:|--:|---|");
}

impl Row<'_> {
    /// A figure that counts by itself.
    pub fn absolute<'a>(what: &'a str, figure: f64, unit: &'a str, goal: Goal) -> Row<'a> {
        Row { label: what, ours: String::new(), limit: String::new(), latency: None, value: figure, unit, goal }
    }

    /// Prints it.
    pub fn print(self) {
        let Row { label: what, ours, limit, latency: waits, value: figure, unit, goal } = self;
        let (sign, gate, ambition, reached) = match goal {
            Goal::AtMost(gate, ambition) => ("≤", gate, ambition, (figure <= gate, figure <= ambition)),
            Goal::AtLeast(gate, ambition) => ("≥", gate, ambition, (figure >= gate, figure >= ambition)),
        };
        let reached = match reached {
            (_, true) => "ambition",
            (true, _) => "gate",
            _ => "**missed**",
        };
        let dash = |text: String| if text.is_empty() { "–".to_owned() } else { text };
        let waits = waits.map_or_else(String::new, |waits| format!("{:.1} / {:.1} ms", waits.p50, waits.p99));
        let (ours, limit, waits) = (dash(ours), dash(limit), dash(waits));
        let digits = if figure < 10.0 { 2 } else { 0 };
        println!(
            "| {what} | {ours} | {limit} | {waits} | {figure:.digits$} {unit} | {sign} {gate} {unit} | \
             {sign} {ambition} {unit} | {reached} |"
        );
    }
}
