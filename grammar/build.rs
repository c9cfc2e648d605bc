//! Generates the parser from `src/toy.lalrpop`.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=src/toy.lalrpop");
    // Without both directories the generated file would land beside its source.
    lalrpop::Configuration::new()
        .set_in_dir("src")
        .set_out_dir(std::env::var("OUT_DIR")?)
        .emit_rerun_directives(false)
        .process()
}
