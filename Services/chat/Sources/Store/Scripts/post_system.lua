-- Posts a line of the suite itself.
finish((post_line()))
return {'done'}
