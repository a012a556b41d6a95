import JSON

/// Which build of which service this is.
public struct ServiceVersion: Sendable {
    /// The release of the whole suite.
    public static let release = "0.1.0"

    let name: String
    /// The commit the image was built from (`BUILD_COMMIT`); `nil` in a build by hand.
    let commit: String?

    var json: [UInt8] {
        var json = JSONWriter(capacity: 96)
        json.field("name", self.name)
        json.field("version", Self.release)
        if let commit { json.field("commit", commit) }
        return json.finish()
    }
}
