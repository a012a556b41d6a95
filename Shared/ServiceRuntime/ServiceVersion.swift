/// Which build of which service this is.
public struct ServiceVersion: Sendable {
    /// The release of the whole suite.
    public static let release = "0.1.0"

    let name: String
    /// The commit the image was built from (`BUILD_COMMIT`); `nil` in a build by hand.
    let commit: String?

    var json: String {
        var text = "{\"name\":"
        appendJSONString(self.name, to: &text)
        text += ",\"version\":\"\(Self.release)\""
        if let commit {
            text += ",\"commit\":"
            appendJSONString(commit, to: &text)
        }
        return text + "}"
    }
}
