//! The pages that show the document.

use reqwest::Method;

use crate::harness::{Answer, TestApp};

const POLICY: &str = "default-src 'none'; script-src 'self'; worker-src 'self' blob:; \
    style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; font-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

async fn get(app: &TestApp, path: &str) -> Answer {
    Answer::of(app.anonymous(Method::GET, path)).await
}

#[tokio::test]
async fn pages_have_the_configured_title_and_load_from_here_alone() {
    let app = TestApp::with("title: '</title><script>x</script> & co'\n").await;
    for (path, shown_by) in [("/docs", "Swagger UI"), ("/redoc", "ReDoc")] {
        let page = get(&app, path).await;
        assert_eq!(page.status, 200, "{path}");
        let title = "&lt;/title&gt;&lt;script&gt;x&lt;/script&gt; &amp; co";
        let expected = format!("<title>{title} - {shown_by}</title>");
        assert!(page.text.contains(&expected), "{path}: {}", page.text);
        assert_eq!(page.header("content-security-policy"), POLICY, "{path}");
        assert_eq!(page.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(page.header("referrer-policy"), "no-referrer", "{path}");
        for elsewhere in ["http:", "https:", "src=\"//", "href=\"//"] {
            assert!(!page.text.contains(elsewhere), "{path}: {}", page.text);
        }
    }
}

#[tokio::test]
async fn what_the_pages_load_is_there() {
    let app = TestApp::start().await;
    for path in ["/docs", "/redoc"] {
        let page = get(&app, path).await.text;
        let attributes = page.split('"').skip(1).step_by(2);
        let assets: Vec<&str> = attributes.filter(|it| it.starts_with("/docs/")).collect();
        for asset in assets {
            let loaded = get(&app, asset).await;
            assert_eq!(loaded.status, 200, "{asset}");
            assert_eq!(loaded.header("content-security-policy"), POLICY, "{asset}");
        }
    }
    let initializer = get(&app, "/docs/swagger-initializer.js").await.text;
    assert!(
        initializer.contains("\"validatorUrl\": \"none\""),
        "{initializer}"
    );
}

/// A build without npm has no ReDoc and says so; one with it serves it whole.
#[tokio::test]
async fn redoc_is_there_or_its_page_says_how_to_get_it() {
    let app = TestApp::start().await;
    let page = get(&app, "/redoc").await.text;
    let script = get(&app, "/docs/redoc.standalone.js").await;
    if page.contains("make redoc") {
        assert_eq!(script.status, 404);
        return;
    }
    assert_eq!(script.status, 200);
    assert_eq!(script.header("content-type"), "text/javascript");
    assert!(script.text.contains("redoc"), "{} bytes", script.text.len());
    let licence = get(&app, "/docs/redoc.standalone.js.LICENSE.txt").await;
    assert_eq!(licence.status, 200);
}

#[tokio::test]
async fn files_are_compressed_for_those_who_take_them_so() {
    let app = TestApp::start().await;
    let path = "/docs/oauth2-redirect";
    let plain = get(&app, path).await;
    assert!(plain.text.contains("<script"), "{}", plain.text);
    for (accepted, is_compressed) in [
        ("gzip", true),
        ("br, GZIP;q=0.5", true),
        ("*", true),
        ("gzip;q=0, *", false),
        ("gzip; q=0.000", false),
        ("identity", false),
        ("gzipped", false),
        ("", false),
    ] {
        let request = app.anonymous(Method::GET, path);
        let answer = Answer::of(request.header("accept-encoding", accepted)).await;
        let encoding = answer.header("content-encoding");
        assert_eq!(encoding == "gzip", is_compressed, "{accepted}: {encoding}");
        assert_eq!(answer.text == plain.text, !is_compressed, "{accepted}");
        assert_eq!(answer.header("vary"), "accept-encoding", "{accepted}");
    }
}
