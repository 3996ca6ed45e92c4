//! Proves that a finding leads to its place in the message and in the files, and the message to its files.

use super::{example_project, serve_preview, surfer::Surfer};
use crate::support::Project;

const ITEM: &str = "newsletters/starsom/news/2022-04-07-male.md";

/// Takes the postal address out of every language: no such issue may be sent.
fn without_postal_address(project: &Project) {
    for language in ["", ".fr", ".ar"] {
        let path = format!("newsletters/starsom/newsletter{language}.yaml");
        let text = project.read(&path);
        let lines: Vec<&str> = text.lines().collect();
        if let Some(start) = lines.iter().position(|line| line.contains("postal_address:")) {
            project.write(&path, [&lines[..start], &lines[start + 3..]].concat().join("\n"));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_finding_says_why_and_how_and_where() {
    let project = example_project();
    // A link that speaks of another place than it leads to.
    project.edit(
        ITEM,
        "Officials of",
        "[www.example.net/elsewhere](https://www.example.org/here) Officials of",
    );
    let surfer = Surfer::at(serve_preview(&project).await).await;
    surfer.until("by('checks').textContent.includes('error')").await;
    surfer.key("c").await;
    let finding = "[...document.querySelectorAll('.finding.error')].find((found) => found.textContent.includes('elsewhere'))";
    surfer.until(&format!("seen('findings') && {finding}")).await;
    surfer.act(&format!("{finding}.querySelector('summary').click()")).await;
    surfer.until(&format!("{finding}.open && {finding}.innerText.includes('Why:')")).await;
    surfer.until(&format!("{finding}.querySelector('.place').textContent.startsWith('{ITEM}:')")).await;
    assert!(
        surfer
            .eval::<bool>(&format!("{finding}.querySelector('.excerpt').textContent.includes('elsewhere')"))
            .await
    );

    // Its element is outlined where it stands.
    surfer.act(&format!("{finding}.querySelector('.show').click()")).await;
    let outlined = "(() => { const link = [...digest.querySelectorAll('a')].find((a) => a.textContent.includes('elsewhere')); \
         const at = link.getBoundingClientRect(), from = frame.getBoundingClientRect(); \
         const mark = document.querySelector('.mark.found').getBoundingClientRect(); \
         return Math.abs(mark.top - from.top - 1 - at.top) < 3 && at.top >= 0 && at.bottom <= frame.clientHeight; })()";
    surfer.until(outlined).await;
    // The outline stays with it.
    surfer.act("frame.contentWindow.scrollBy(0, 40)").await;
    surfer.until(outlined).await;
    surfer.key("Escape").await;
    surfer.until("document.querySelector('.mark') === null").await;
    // What stands in the head has no place in sight: that is said.
    let head = "document.querySelector('.finding[data-rule=C001]')";
    surfer.act(&format!("({head}.open = true, {head}.querySelector('.show').click())")).await;
    surfer
        .until("document.querySelector('.mark.in-head').textContent === 'C001 in the head of the message'")
        .await;
    surfer.key("Escape").await;
    surfer.until("document.querySelector('.mark') === null").await;

    // Mended, it is gone by itself.
    project.edit(ITEM, "www.example.net/elsewhere", "The report");
    surfer.until(&format!("!{finding}")).await;
    surfer.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn findings_follow_the_files_and_a_waiver_stands_apart() {
    let project = example_project();
    let surfer = Surfer::at(serve_preview(&project).await).await;
    surfer.until("document.body.dataset.judged && !by('checks').textContent.includes('error')").await;
    without_postal_address(&project);
    surfer.until("by('checks').textContent.includes('error')").await;
    surfer.key("c").await;
    surfer.until("by('findings').textContent.includes('[check/postal-address]')").await;
    let issue = "newsletters/starsom/issues/2022-04.yaml";
    let text = project.read(issue);
    project.write(
        issue,
        format!(
            "{text}  - {{ rule: G001, reason: It stands on the website, by: Head of communications }}\n\
             \x20 - {{ rule: Z999, reason: A slip of the pen, by: Head of communications }}\n\
             \x20 - {{ rule: A006, reason: No longer so, by: Head of communications }}\n"
        ),
    );
    surfer.until("document.querySelector('.findings-group.waived')?.textContent.includes('Head of communications')").await;
    surfer.until("document.querySelector('.findings-group.error') === null").await;
    // Waivers that name no rule, or that nothing asks for, are told as `masthead check` tells them.
    for words in ["[check/unknown-waiver]", "[check/idle-waiver]"] {
        surfer
            .until(&format!(
                "document.querySelector('.findings-group.files')?.textContent.includes('{words}')"
            ))
            .await;
    }
    assert!(
        !surfer
            .eval::<bool>("document.querySelector('.findings-group.files').textContent.includes('G001')")
            .await
    );
    surfer.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_message_tells_which_line_made_it_and_opens_it() {
    let project = example_project();
    let surfer = Surfer::at(serve_preview(&project).await).await;
    surfer.until("digest.body.textContent.includes('Maldives and Sri Lanka')").await;
    surfer.key("i").await;
    surfer.until("seen('inspector')").await;
    let headline = "[...digest.querySelectorAll('a')].find((node) => node.textContent.includes('Maldives and Sri Lanka work'))";
    surfer.act(&format!("{headline}.scrollIntoView({{ block: 'center' }})")).await;
    let middle: (f64, f64) = surfer
        .eval(&format!(
            "(() => {{ const at = {headline}.getClientRects()[0], from = frame.getBoundingClientRect(); \
             return [from.left + 1 + at.left + 20, from.top + 1 + at.top + at.height / 2]; }})()"
        ))
        .await;
    surfer.point(middle).await;
    let place = "document.querySelector('#inspector .place')";
    surfer.until(&format!("{place} && {place}.textContent.startsWith('{ITEM}:4')")).await;
    surfer
        .until("document.querySelector('.mark.pointed').textContent.includes('2022-04-07-male.md:4')")
        .await;

    // The link opens the editor of the reader's choice; the choice is remembered.
    let root = project.root().canonicalize().expect("a folder").display().to_string();
    let href = format!("{place}.getAttribute('href')");
    let expected = format!("vscode://file{root}/{ITEM}:4:");
    assert!(surfer.eval::<String>(&href).await.starts_with(&expected), "{expected}");
    surfer.key("c").await;
    surfer.act("(by('editor').value = 'zed', by('editor').dispatchEvent(new Event('change')))").await;
    surfer.key("Escape").await;
    surfer.until("!seen('inspector')").await;
    surfer.key("i").await;
    for _ in 0..4 {
        surfer.key("ArrowDown").await;
    }
    surfer.until(&format!("{href}.startsWith('zed://file{root}/')")).await;
    assert_eq!(surfer.eval::<String>("localStorage.getItem('masthead.editor')").await, "zed");
    surfer.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_changed_since_the_last_issue_is_named() {
    let project = example_project();
    let surfer = Surfer::at(serve_preview(&project).await).await;
    surfer.until("frame !== null").await;
    surfer.key("d").await;
    surfer.until("seen('changes') && by('changes').innerText.includes('starsom/2021-12')").await;
    let told: String = surfer.eval("by('changes').innerText").await;
    for words in ["Thirteen countries", "Countries act together", "New", "Maldives and Sri Lanka", ITEM] {
        assert!(told.contains(words), "`{words}` is not in:\n{told}");
    }
    surfer.leave().await;
}
