//! Where the built site is.

use std::path::PathBuf;

/// `site` beside the program, else where the build puts it, else `target/site`
/// below the present folder.
pub fn find() -> PathBuf {
    let fallback = PathBuf::from("target/site");
    let Some(dir) = std::env::current_exe()
        .ok()
        .and_then(|exe| exe.parent().map(PathBuf::from))
    else {
        return fallback;
    };
    let built = if dir.ends_with("release") {
        "../site-release"
    } else {
        "../site"
    };
    [dir.join("site"), dir.join(built), dir.join("../site")]
        .into_iter()
        .find(|path| path.join("pkg").is_dir())
        .unwrap_or(fallback)
}
