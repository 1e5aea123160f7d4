    components-of
