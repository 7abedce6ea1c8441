//! Uploads, inputs and logs.

use connectrpc::ErrorCode;
use data_encoding::BASE64;
use flyte_idl::flyteidl2::{
    common::ActionPhase,
    core::TaskMetadata,
    dataproxy::{
        CreateUploadLocationRequest, CreateUploadLocationResponse, TailLogsRequest,
        UploadInputsRequest, upload_inputs_request,
    },
    workflow::action_details,
};
use serde_json::json;

use super::bench::{ControlPlane, action_id, project_id, task_id};

/// The MD5 of `hello`.
const MD5: [u8; 16] = [
    0x5d, 0x41, 0x40, 0x2a, 0xbc, 0x4b, 0x2a, 0x76, 0xb9, 0x71, 0x9d, 0x91, 0x10, 0x17, 0xc5, 0x92,
];

fn request(filename: &str) -> CreateUploadLocationRequest {
    CreateUploadLocationRequest {
        project: "flytesnacks".to_owned(),
        domain: "development".to_owned(),
        filename: filename.to_owned(),
        content_md5: MD5.to_vec(),
        ..Default::default()
    }
}

async fn locate(
    control_plane: &ControlPlane,
    request: CreateUploadLocationRequest,
) -> Result<CreateUploadLocationResponse, ErrorCode> {
    let located = control_plane.data().create_upload_location(request).await;
    located
        .map(connectrpc::client::UnaryResponse::into_owned)
        .map_err(|error| error.code)
}

async fn put(control_plane: &ControlPlane, url: &str, body: &'static str) -> (u16, String) {
    let request = control_plane
        .http
        .put(url)
        .header("content-md5", BASE64.encode(&MD5));
    let response = request.body(body).send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

#[tokio::test]
async fn what_is_uploaded_is_at_its_location() {
    let control_plane = ControlPlane::start().await;
    let located = locate(&control_plane, request("dir/my file.txt"))
        .await
        .unwrap();
    assert_eq!(
        put(&control_plane, &located.signed_url, "hello").await.0,
        200
    );
    let path = located.native_url.strip_prefix("file://").unwrap();
    assert!(path.ends_with("/dir/my file.txt"), "{path}");
    assert_eq!(std::fs::read_to_string(path).unwrap(), "hello");
}

#[tokio::test]
async fn other_content_than_announced_is_refused_and_not_kept() {
    let control_plane = ControlPlane::start().await;
    let located = locate(&control_plane, request("f")).await.unwrap();
    assert_eq!(
        put(&control_plane, &located.signed_url, "other").await,
        (
            400,
            "the content's MD5 is not the one that was announced\n".to_owned()
        )
    );
    let path = located.native_url.strip_prefix("file://").unwrap();
    let directory = std::path::Path::new(path).parent().unwrap();
    assert_eq!(std::fs::read_dir(directory).unwrap().count(), 0);
}

#[tokio::test]
async fn a_link_holds_for_what_it_was_made_for() {
    let control_plane = ControlPlane::start().await;
    let url = locate(&control_plane, request("f"))
        .await
        .unwrap()
        .signed_url;
    let (base, _) = url.split_once("&signature=").unwrap();
    for forged in [
        url.replace("/f?", "/g?"),
        url.replace("/data/objects/", "/data/objects/../"),
        url.replace("md5=5d41", "md5=0000"),
        url.replace("expires=", "expires=1"),
        format!("{base}&signature=00"),
    ] {
        assert_eq!(
            put(&control_plane, &forged, "hello").await.0,
            403,
            "{forged}"
        );
    }
    let got = control_plane.http.get(&url).send().await.unwrap();
    assert_eq!(got.status(), 403);
}

#[tokio::test]
async fn locations_stay_in_the_directory_and_within_limits() {
    let control_plane = ControlPlane::start().await;
    for filename in ["../up", "a/../../up", "/etc/passwd", "a//b", "nul\0"] {
        let code = locate(&control_plane, request(filename)).await.unwrap_err();
        assert_eq!(code, ErrorCode::InvalidArgument, "{filename}");
    }
    let nameless = CreateUploadLocationRequest {
        content_md5: Vec::new(),
        ..request("f")
    };
    assert_eq!(
        locate(&control_plane, nameless).await.unwrap_err(),
        ErrorCode::InvalidArgument
    );
    let large = CreateUploadLocationRequest {
        content_length: (100 << 20) + 1,
        ..request("f")
    };
    assert_eq!(
        locate(&control_plane, large).await.unwrap_err(),
        ErrorCode::InvalidArgument
    );
    let hour = buffa_types::google::protobuf::Duration::from_secs(3_601);
    let long = CreateUploadLocationRequest {
        expires_in: hour.into(),
        ..request("f")
    };
    assert_eq!(
        locate(&control_plane, long).await.unwrap_err(),
        ErrorCode::InvalidArgument
    );
    let elsewhere = CreateUploadLocationRequest {
        project: "..".to_owned(),
        ..request("f")
    };
    assert_eq!(
        locate(&control_plane, elsewhere).await.unwrap_err(),
        ErrorCode::NotFound
    );
}

#[tokio::test]
async fn a_named_object_is_not_replaced_by_another() {
    let control_plane = ControlPlane::start().await;
    let named = CreateUploadLocationRequest {
        filename_root: "root".to_owned(),
        ..request("f")
    };
    let located = locate(&control_plane, named.clone()).await.unwrap();
    assert_eq!(
        put(&control_plane, &located.signed_url, "hello").await.0,
        200
    );
    locate(&control_plane, named.clone()).await.unwrap();
    let other = CreateUploadLocationRequest {
        content_md5: vec![0; 16],
        ..named
    };
    assert_eq!(
        locate(&control_plane, other).await.unwrap_err(),
        ErrorCode::AlreadyExists
    );
}

#[tokio::test]
async fn offloaded_inputs_are_used_as_they_are() {
    let control_plane = ControlPlane::start().await;
    let ask = json!({
        "projectId": {"name": "flytesnacks", "domain": "development"},
        "taskId": {"project": "flytesnacks", "domain": "development", "name": "demo.hello", "version": "v1"},
        "inputs": {"literals": [{"name": "name", "value": {"scalar": {"primitive": {"stringValue": "Ada"}}}}]},
    });
    let (_, uploaded) = control_plane
        .json("dataproxy.DataProxyService/UploadInputs", ask)
        .await;
    let data = &uploaded["offloadedInputData"];
    assert!(
        data["uri"]
            .as_str()
            .unwrap()
            .contains("/objects/flytesnacks/development/offloaded-inputs/")
    );
    assert_eq!(data["inputsHash"].as_str().unwrap().len(), 11);
    let run = json!({
        "runId": {"project": "flytesnacks", "domain": "development", "name": "ada"},
        "taskId": {"project": "flytesnacks", "domain": "development", "name": "demo.hello", "version": "v1"},
        "offloadedInputData": data,
    });
    assert_eq!(
        control_plane
            .json("workflow.RunService/CreateRun", run)
            .await
            .0,
        200
    );
    control_plane
        .until("ada", "a0", ActionPhase::ACTION_PHASE_SUCCEEDED)
        .await;
    let outputs = serde_json::to_value(&control_plane.action_data("ada").await.outputs).unwrap();
    assert_eq!(
        outputs["literals"][0]["value"]["scalar"]["primitive"]["stringValue"],
        "Hello, Ada!"
    );
}

#[tokio::test]
async fn inputs_for_an_unknown_task_are_not_found() {
    let control_plane = ControlPlane::start().await;
    let request = UploadInputsRequest {
        id: Some(upload_inputs_request::Id::ProjectId(Box::new(project_id()))),
        task: Some(upload_inputs_request::Task::TaskId(Box::new(task_id(
            "no", "v1",
        )))),
        ..Default::default()
    };
    let error = control_plane
        .data()
        .upload_inputs(request)
        .await
        .unwrap_err();
    assert_eq!(
        (error.code, error.message.as_deref()),
        (
            ErrorCode::NotFound,
            Some(
                "failed to get task: task \"no\" version \"v1\" not found in \
                 development/flytesnacks"
            )
        )
    );
}

#[tokio::test]
async fn a_log_is_followed_to_its_end() {
    let control_plane = ControlPlane::start().await;
    let script = "echo first; while ! test -e ../../go; do sleep 0.05; done; echo last";
    control_plane
        .deploy_script("test.log", script, TaskMetadata::default())
        .await;
    control_plane.run("logged", "test.log").await;
    control_plane
        .until("logged", "a0", ActionPhase::ACTION_PHASE_RUNNING)
        .await;
    let request = TailLogsRequest {
        action_id: action_id("logged", "a0").into(),
        attempt: 1,
        ..Default::default()
    };
    let data = control_plane.data();
    let mut stream = data.tail_logs(request).await.unwrap();
    let mut lines = Vec::new();
    while let Some(batch) = stream.message().await.unwrap() {
        let logs = batch.to_owned_message().logs;
        lines.extend(
            logs.into_iter()
                .flat_map(|logs| logs.lines)
                .map(|line| line.message),
        );
        let action = "runs/flytesnacks/development/logged/a0/go";
        std::fs::write(control_plane.directory.path().join(action), "").unwrap();
    }
    assert_eq!(lines, ["first\n", "last\n"]);
}

#[tokio::test]
async fn there_is_no_log_before_the_attempt() {
    let control_plane = ControlPlane::start().await;
    control_plane.run("some", "demo.hello").await;
    let request = TailLogsRequest {
        action_id: action_id("some", "a0").into(),
        attempt: 7,
        ..Default::default()
    };
    let data = control_plane.data();
    let mut stream = data.tail_logs(request).await.unwrap();
    let error = stream.message().await.map(drop).unwrap_err();
    assert_eq!(error.code, ErrorCode::NotFound);
}

async fn log(control_plane: &ControlPlane, run: &str) -> Vec<String> {
    let request = TailLogsRequest {
        action_id: action_id(run, "a0").into(),
        attempt: 1,
        ..Default::default()
    };
    let data = control_plane.data();
    let mut stream = data.tail_logs(request).await.unwrap();
    let mut lines = Vec::new();
    while let Some(batch) = stream.message().await.unwrap() {
        let logs = batch.to_owned_message().logs;
        lines.extend(
            logs.into_iter()
                .flat_map(|logs| logs.lines)
                .map(|line| line.message),
        );
        let action = format!("runs/flytesnacks/development/{run}/a0/go");
        std::fs::write(control_plane.directory.path().join(action), "").unwrap();
    }
    lines
}

#[tokio::test]
async fn a_line_is_sent_when_it_is_complete_or_the_last() {
    let control_plane = ControlPlane::start().await;
    let script = "printf 'first\\nsec'; while ! test -e ../../go; do sleep 0.05; done; \
        printf 'ond\\nlast'";
    control_plane
        .deploy_script("test.partial", script, TaskMetadata::default())
        .await;
    control_plane.run("partial", "test.partial").await;
    control_plane
        .until("partial", "a0", ActionPhase::ACTION_PHASE_RUNNING)
        .await;
    control_plane.until_exists("partial/a0/1/attempt.log").await;
    let lines = log(&control_plane, "partial").await;
    assert_eq!(lines, ["first\n", "second\n", "last\n"]);
}

#[tokio::test]
async fn a_task_that_printed_nothing_has_an_empty_log_once_it_is_over() {
    let control_plane = ControlPlane::start().await;
    control_plane.run("silent", "demo.hello").await;
    control_plane
        .until("silent", "a0", ActionPhase::ACTION_PHASE_SUCCEEDED)
        .await;
    assert_eq!(log(&control_plane, "silent").await, Vec::<String>::new());
}

#[tokio::test]
async fn inputs_that_are_no_file_fail_the_run_at_once() {
    let control_plane = ControlPlane::start().await;
    let directory = control_plane.directory.path().join("objects/device");
    std::fs::create_dir_all(&directory).unwrap();
    std::os::unix::fs::symlink("/dev/zero", directory.join("inputs.pb")).unwrap();
    let run = json!({
        "runId": {"project": "flytesnacks", "domain": "development", "name": "zero"},
        "taskId": {"project": "flytesnacks", "domain": "development", "name": "demo.hello", "version": "v1"},
        "offloadedInputData": {"uri": format!("file://{}", directory.display())},
    });
    let created = control_plane.json("workflow.RunService/CreateRun", run);
    assert_eq!(created.await.0, 200);
    let details = control_plane
        .until("zero", "a0", ActionPhase::ACTION_PHASE_FAILED)
        .await;
    let Some(action_details::Result::ErrorInfo(error)) = &details.result else {
        panic!("no error but {:?}", details.result);
    };
    assert_eq!(
        (error.code.as_str(), error.message.clone()),
        (
            "InputsUnreadable",
            format!(
                "the inputs cannot be read: {}/inputs.pb cannot be read: it is no regular file",
                directory.display()
            )
        )
    );
}
