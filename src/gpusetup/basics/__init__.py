"""Small rules that every room leans on: values, versions, names, what stays secret."""
