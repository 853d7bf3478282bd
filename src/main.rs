//! Entry point of the binary.

fn main() -> std::process::ExitCode {
    tradepost::cli::main()
}
