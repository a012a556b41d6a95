/// Which pages may act in the name of their visitor.
public enum OriginRule {
    /// A browser sends `Origin` with cookies on every upgrade and every POST: without this check any page could open a
    /// socket, or sign in, in the name of whoever looks at it.
    ///
    /// - Parameters:
    ///   - origin: As the browser wrote it.
    ///   - host: The host the request was sent to; a page from there is our own.
    ///   - allowedOrigins: Further ones.
    public static func allows(_ origin: String, host: String?, _ allowedOrigins: [String]) -> Bool {
        let origin = origin.lowercased()
        if allowedOrigins.contains(where: { $0.lowercased() == origin }) { return true }
        guard let host = host?.lowercased() else { return false }
        return origin == "http://\(host)" || origin == "https://\(host)"
    }
}
